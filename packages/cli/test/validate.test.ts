import { describe, expect, it } from 'vitest';
import { exchange, folder, get, startTsgi, tsgi } from './command.ts';

/** Content-Type is missing: a warning on every request. */
const FAULTY = `export default (environ, startResponse) => {
  startResponse('200 OK', environ.PATH_INFO === '/pass' ? [['Content-Type', 'text/plain']] : []);
  return [Buffer.from('served\\n')];
};
`;

const violations = (stderr: string): string[] => stderr.split('\n').filter((line) => line.includes('validator:'));

describe('tsgi serve --validate', () => {
  it('serves, and logs each violation once, at all addresses together', async () => {
    const cwd = folder({ 'app.mjs': FAULTY });
    const binds = ['--bind', '127.0.0.1:0', '--bind', '127.0.0.1:0'];
    const server = await startTsgi(['serve', 'app.mjs', '--validate', ...binds], { cwd });
    const second = Number(server.addresses[1]?.split(':').at(-1));
    for (const port of [server.port, second, server.port]) expect(await get(port, '/one')).toContain('served\n');
    expect(await get(server.port, '/two')).toContain('served\n');
    expect(await get(server.port, '/pass')).toContain('served\n');
    await server.stop();
    expect(violations(server.stderr())).toEqual([
      expect.stringMatching(/^tsgi: validator: R64 warning \(app\), GET \/one: .*docs\/spec\.md#r64/),
    ]);
  });

  it('is a key of the config file and a variable too, and off without them', async () => {
    const config = '{ "app": "./app.mjs", "bind": "127.0.0.1:0", "validate": true }';
    const configured = await startTsgi(['serve'], { cwd: folder({ 'app.mjs': FAULTY, 'tsgi.config.json': config }) });
    await get(configured.port, '/');
    await configured.stop();
    expect(violations(configured.stderr())).toHaveLength(1);
    const off = await startTsgi(['serve', '--no-validate'], {
      cwd: folder({ 'app.mjs': FAULTY, 'tsgi.config.json': config }),
    });
    await get(off.port, '/');
    await off.stop();
    expect(violations(off.stderr())).toEqual([]);
  });

  it('works under CGI, where standard output is the response', async () => {
    const env = {
      TSGI_VALIDATE: '1',
      GATEWAY_INTERFACE: 'CGI/1.1',
      REQUEST_METHOD: 'GET',
      SCRIPT_NAME: '',
      PATH_INFO: '/',
      SERVER_NAME: 'a',
      SERVER_PORT: '80',
      SERVER_PROTOCOL: 'HTTP/1.1',
    };
    const { stdout, stderr, exitCode } = await tsgi(['serve', 'app.mjs'], { cwd: folder({ 'app.mjs': FAULTY }), env });
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: expect.stringMatching(/^Status: 200 OK[^]*served\n$/),
    });
    expect(violations(stderr)).toHaveLength(1);
  });

  it('lets an application take a connection over', async () => {
    const switching = 'HTTP/1.1 101 Switching Protocols\\r\\nConnection: upgrade\\r\\nUpgrade: x\\r\\n\\r\\nover';
    const app = `export default (environ, startResponse) =>
      environ['tsgi.upgrade'](environ, startResponse, (_request, socket) => socket.end('${switching}'));`;
    const cwd = folder({ 'app.mjs': app });
    const server = await startTsgi(['serve', 'app.mjs', '--validate', '--bind', '127.0.0.1:0'], { cwd });
    const request = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n';
    expect(await exchange({ host: '127.0.0.1', port: server.port }, request)).toMatch(/^HTTP\/1.1 101 [^]*over$/);
  });
});
