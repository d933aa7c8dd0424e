import { describe, expect, it } from 'vitest';
import { folder, HELLO, tsgi } from './command.ts';

const NOISE = 'console.log("noise"); process.stdout.write("more noise\\n");';

/** Prints while it loads and while it answers. */
const NOISY = `${NOISE}
export default (environ, startResponse) => {
  ${NOISE}
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [Buffer.from('clean')];
};`;

const cgi = { GATEWAY_INTERFACE: 'CGI/1.1', REQUEST_METHOD: 'GET', SERVER_PROTOCOL: 'HTTP/1.1', PATH_INFO: '/' };
const answer = 'Status: 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nclean';

/** A folder with a config file that prints. */
const noisyConfig = (config: string): string =>
  folder({ 'app.mjs': NOISY, 'tsgi.config.mjs': `${NOISE} export default ${config};` });

describe('what an application or a config file prints is on standard error', () => {
  it('under CGI, found out, asked for or configured', async () => {
    const cwd = noisyConfig('{ app: "./app.mjs" }');
    const times = { stdout: answer, stderr: 'noise\nmore noise\n'.repeat(3), exitCode: 0 };
    expect(await tsgi(['serve'], { cwd, env: cgi })).toEqual(times);
    expect(await tsgi(['serve', '--backend', 'cgi'], { cwd, env: cgi })).toEqual(times);
    const { GATEWAY_INTERFACE, ...bare } = cgi;
    expect(GATEWAY_INTERFACE).toBeDefined();
    const configured = noisyConfig('{ app: "./app.mjs", backend: "cgi" }');
    expect(await tsgi(['serve'], { cwd: configured, env: bare })).toEqual(times);
  });

  it('with --print-config', async () => {
    const { stdout, stderr } = await tsgi(['serve', '--print-config'], {
      cwd: noisyConfig('{ scriptName: "/a" }'),
      env: cgi,
    });
    expect(JSON.parse(stdout)).toEqual({ backend: 'cgi', scriptName: '/a' });
    expect(stderr).toBe('noise\nmore noise\n');
  });

  it.each(['http', 'fcgi', 'scgi', 'cgi'])('of tsgi request over %s', async (backend) => {
    const args = ['request', 'app.mjs', '/', '--backend', backend];
    const { stdout, stderr } = await tsgi(args, { cwd: folder({ 'app.mjs': NOISY }) });
    expect(stdout).toMatch(/^HTTP\/1.1 200 OK\r\n[^]*\r\n\r\nclean$/);
    expect(stdout).not.toContain('noise');
    expect(stderr).toContain('more noise\n');
  });

  it('of tsgi check', async () => {
    const args = ['check', 'app.mjs', '--format', 'json'];
    const { stdout, stderr } = await tsgi(args, { cwd: folder({ 'app.mjs': NOISY }) });
    expect(JSON.parse(stdout)).toMatchObject({ passed: true });
    expect(stderr).toContain('noise\nmore noise\n');
  });
});

it('an application still has its standard output when it is served otherwise', async () => {
  const exits = `${HELLO}\nprocess.stdout.write('mine\\n');\nsetTimeout(() => process.exit(), 100);`;
  const { stdout } = await tsgi(['serve', 'app.mjs', '--bind', '127.0.0.1:0'], { cwd: folder({ 'app.mjs': exits }) });
  expect(stdout).toBe('mine\n');
});
