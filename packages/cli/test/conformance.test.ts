import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { folder, startTsgi, tsgi } from './command.ts';

/** A server that is wrong in one way: an application around the kit's changes what it gets. */
const DECODES_TWICE = `import kit from KIT;
export default (environ, startResponse) => {
  environ.PATH_INFO = decodeURI(environ.PATH_INFO);
  return kit(environ, startResponse);
};
`;

async function kitApp(): Promise<string> {
  return (await tsgi(['conformance', '--app'])).stdout.trim();
}

describe('tsgi conformance', () => {
  it.each(['http', 'fcgi', 'scgi'])('passes a right server over %s', async (wire) => {
    const server = await startTsgi(['serve', await kitApp(), '--bind', `${wire}://127.0.0.1:0`]);
    const { exitCode, stdout } = await tsgi(['conformance', server.addresses[0] ?? '', '--case', 'path']);
    expect(stdout).toMatch(/^\w+:\/\/127\.0\.0\.1:\d+ \(\w+\)\n\n(\d+) cases: \1 passed, 0 failed\n$/);
    expect(exitCode).toBe(0);
  });

  it('passes a right server over a UNIX socket', async () => {
    const address = `fcgi+unix:${join(folder(), 'app.sock')}`;
    await startTsgi(['serve', await kitApp(), '--bind', address]);
    const { exitCode, stdout } = await tsgi(['conformance', address, '--case', 'content-length']);
    expect(stdout).toMatch(/ passed, 0 failed\n$/);
    expect(exitCode).toBe(0);
  });

  it('fails a wrong server, and says what was found and expected', async () => {
    const app = DECODES_TWICE.replace('KIT', JSON.stringify(await kitApp()));
    const server = await startTsgi(['serve', join(folder({ 'app.mjs': app }), 'app.mjs'), '--bind', '127.0.0.1:0']);
    const { exitCode, stdout } = await tsgi(['conformance', `127.0.0.1:${server.port}`, '--case', 'decoded-exactly']);
    expect(stdout).toContain('✗ A path is decoded exactly once (R29)\n    a-path-is-decoded-exactly-once\n');
    expect(stdout).toContain('PATH_INFO: found "/A%2F", expected "/%41%2F"');
    expect(stdout).toMatch(/\n1 cases: 0 passed, 1 failed\n$/);
    expect(exitCode).toBe(1);
  });

  it('writes a matrix', async () => {
    const server = await startTsgi(['serve', await kitApp(), '--bind', '127.0.0.1:0']);
    const target = `http://127.0.0.1:${server.port}`;
    const cwd = folder();
    const named = ['conformance', target, '--case', 'head-has-no-body'];
    expect((await tsgi([...named, '--format', 'html', '-o', 'report.html'], { cwd })).exitCode).toBe(0);
    expect(readFileSync(join(cwd, 'report.html'), 'utf8')).toMatch(/^<!doctype html>[^]*Head has no body/);
    expect((await tsgi([...named, '--format', 'markdown'])).stdout).toMatch(
      /\| Head has no body \| \[R84\]\(\S+#r84\) \| ✓ \|/,
    );
    const { name, wire, results } = JSON.parse((await tsgi([...named, '--format', 'json'])).stdout);
    expect({ name, wire }).toEqual({ name: target, wire: 'HTTP' });
    expect(results).toEqual([
      { name: 'head-has-no-body', rule: 'R84', group: 'Answers without a body', outcome: 'passed', problems: [] },
    ]);
  });

  it.each([
    [[], 'expected a server'],
    [['gopher://127.0.0.1:70'], 'bad target "gopher://127.0.0.1:70"'],
    [['127.0.0.1:1', '127.0.0.1:2'], 'unexpected argument "127.0.0.1:2"'],
    [['127.0.0.1:1', '--case', 'no-such-case'], 'no case for http holds no-such-case'],
  ])('ends 2 for %j', async (args, message) => {
    const { exitCode, stderr } = await tsgi(['conformance', ...args]);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(2);
  });

  it('ends 3 when nobody is there, and when another application is', async () => {
    const server = createServer((_, response) => response.end('hello'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const other = await tsgi(['conformance', `127.0.0.1:${port}`]);
    expect(other.stderr).toContain('does not serve the kit\'s application: found an answer "200 OK"');
    expect(other.exitCode).toBe(3);
    await new Promise((resolve) => server.close(resolve));
    const nobody = await tsgi(['conformance', `127.0.0.1:${port}`]);
    expect(nobody.stderr).toContain('no server answers');
    expect(nobody.exitCode).toBe(3);
  });
});
