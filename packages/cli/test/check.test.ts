import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { folder, tsgi } from './command.ts';

const GOOD = `export default (environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return environ.REQUEST_METHOD === 'HEAD' ? [] : [Buffer.from('hello')];
};
`;

const WARNED = GOOD.replace("[['Content-Type', 'text/plain']]", '[]');

const BROKEN = `export default (environ, startResponse) => {
  startResponse('200 OK', [['Connection', 'close']]);
  return [];
};
`;

const THROWS = `export default () => {
  throw new TypeError('not today');
};
`;

const KEEPS_OPEN = `setInterval(() => {}, 1000);\n${GOOD}`;

describe('tsgi check', () => {
  it('ends 0 and says so when nothing is found', async () => {
    const ended = await tsgi(['check', 'app.mjs'], { cwd: folder({ 'app.mjs': GOOD }) });
    expect(ended).toEqual({
      exitCode: 0,
      stdout: 'ok app.mjs keeps the contract: 26 requests, nothing found\n',
      stderr: '',
    });
  });

  it('says how many answers were 5xx: they keep the contract, and show little', async () => {
    const cwd = folder({ 'app.mjs': GOOD.replace('200 OK', '503 Service Unavailable') });
    const { exitCode, stdout } = await tsgi(['check', 'app.mjs'], { cwd });
    expect([exitCode, stdout]).toEqual([
      0,
      'ok app.mjs keeps the contract: 26 requests, 26 answered with 5xx, nothing found\n',
    ]);
    const json = JSON.parse((await tsgi(['check', 'app.mjs', '--format', 'json'], { cwd })).stdout);
    expect(json).toMatchObject({ requests: 26, serverErrors: 26 });
  });

  it('ends 1 for an application that ends the process', async () => {
    const cwd = folder({ 'app.mjs': 'export default () => process.exit(0);' });
    const stderr = 'tsgi: the application ended the process\n';
    expect(await tsgi(['check', 'app.mjs'], { cwd })).toEqual({ exitCode: 1, stdout: '', stderr });
  });

  it('ends 1 on an error and shows rule, line and how to mend it', async () => {
    const { exitCode, stdout } = await tsgi(['check', 'app.mjs', '/one'], { cwd: folder({ 'app.mjs': BROKEN }) });
    expect(exitCode).toBe(1);
    expect(stdout).toContain('error R61 Hop-by-hop headers are the server’s\n  at app.mjs:2:3\n');
    expect(stdout).toMatch(/GET \/one, .* · docs\/spec\.md#r61/);
    expect(stdout).toMatch(/failed: app\.mjs, 1 error in 26 requests\n$/);
  });

  it('ends 1 when the application throws', async () => {
    const { exitCode, stdout } = await tsgi(['check', 'app.mjs'], { cwd: folder({ 'app.mjs': THROWS }) });
    expect(exitCode).toBe(1);
    expect(stdout).toContain('failed TypeError: not today\n  at app.mjs:2:9\n');
  });

  it('ends 0 on warnings alone, and 1 with --strict', async () => {
    const cwd = folder({ 'app.mjs': WARNED });
    const { exitCode, stdout } = await tsgi(['check', 'app.mjs'], { cwd });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^warning R64 [^]*passed: app\.mjs, 1 warning in 26 requests\n$/);
    expect((await tsgi(['check', 'app.mjs', '--strict'], { cwd })).exitCode).toBe(1);
  });

  it('prints what its page in the documentation says', async () => {
    const page = readFileSync(new URL('../../../docs/check.md', import.meta.url), 'utf8');
    const modules = [...page.matchAll(/^```js\n(\/\/ (\w+\.js)\n[^]*?)^```$/gm)];
    const printed = [...page.matchAll(/^```console\n\$ tsgi check (\w+\.js)\n([^]*?)^```$/gm)];
    expect(printed.map(([, name]) => name)).toEqual(['broken.js', 'mended.js']);
    const cwd = folder({
      'package.json': '{ "type": "module" }',
      ...Object.fromEntries(modules.map(([, code, name]) => [name, code])),
    });
    for (const [, name = '', output] of printed) expect((await tsgi(['check', name], { cwd })).stdout).toBe(output);
  });

  it('gives programs JSON', async () => {
    const { exitCode, stdout } = await tsgi(['check', 'app.mjs', '--format', 'json'], {
      cwd: folder({ 'app.mjs': BROKEN }),
    });
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      requests: 26,
      passed: false,
      errors: 1,
      findings: [
        { rule: 'R61', severity: 'error', side: 'app', place: { line: 2, column: 3 }, docs: 'docs/spec.md#r61' },
      ],
    });
  });

  it('ends although the application keeps something open', async () => {
    expect((await tsgi(['check', 'app.mjs'], { cwd: folder({ 'app.mjs': KEEPS_OPEN }) })).exitCode).toBe(0);
  });

  it.each([
    [['check'], 2, /expected an application/],
    [['check', 'app.mjs', 'relative'], 2, /unexpected argument "relative": a path begins with \//],
    [['check', 'app.mjs', '--format', 'xml'], 2, /--format: expected text or json, found "xml"/],
    [['check', 'missing.mjs'], 3, /there is no file/],
  ])('refuses %j with exit %i', async (args, exitCode, message) => {
    const ended = await tsgi(args, { cwd: folder({ 'app.mjs': GOOD }) });
    expect(ended).toMatchObject({ exitCode, stdout: '' });
    expect(ended.stderr).toMatch(message);
  });
});
