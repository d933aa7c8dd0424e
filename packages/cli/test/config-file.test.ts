import { describe, expect, it } from 'vitest';
import { defineConfig } from '../src/config.ts';
import { folder, get, HELLO, startTsgi, tsgi } from './command.ts';

const typescript = 'typescript' in process.features && process.features.typescript !== false;

describe('tsgi.config', () => {
  it.each([
    ['tsgi.config.json', '{ "app": "./app.mjs", "bind": "127.0.0.1:0" }'],
    ['tsgi.config.mjs', 'export default { app: "./app.mjs", bind: ["127.0.0.1:0"] }'],
    ['tsgi.config.js', 'module.exports = { app: "./app.mjs", bind: ["127.0.0.1:0"] }'],
    ...(typescript ? [['tsgi.config.ts', 'export default { app: "./app.mjs" as string, bind: "127.0.0.1:0" }']] : []),
  ])('is found: %s', async (name = '', text = '') => {
    const cwd = folder({ 'app.mjs': HELLO, [name]: text });
    const server = await startTsgi(['serve'], { cwd });
    expect(await get(server.port, '/')).toContain('hello GET');
  });

  it('changes the wire by one word', async () => {
    for (const backend of ['http', 'fcgi', 'scgi']) {
      const config = JSON.stringify({ app: './app.mjs', backend, bind: '127.0.0.1:0' });
      const server = await startTsgi(['serve'], { cwd: folder({ 'app.mjs': HELLO, 'tsgi.config.json': config }) });
      expect(server.addresses).toEqual([`${backend}://127.0.0.1:${server.port}`]);
    }
  });

  it('may stand elsewhere; its application is named from there', async () => {
    const cwd = folder({ 'deep/app.mjs': HELLO, 'deep/c.json': '{ "app": "app.mjs", "bind": "127.0.0.1:0" }' });
    expect(await get((await startTsgi(['serve', '--config', 'deep/c.json'], { cwd })).port, '/')).toContain('hello');
    const env = { TSGI_CONFIG: 'deep/c.json' };
    expect(await get((await startTsgi(['serve'], { cwd, env })).port, '/')).toContain('hello');
  });

  it('may name its application with a URL', async () => {
    const config = 'export default { app: new URL("app.mjs", import.meta.url).href, bind: "127.0.0.1:0" }';
    const cwd = folder({ 'app.mjs': HELLO, 'tsgi.config.mjs': config });
    expect(await get((await startTsgi(['serve'], { cwd })).port, '/')).toContain('hello');
  });

  it('is weaker than a flag and stronger than a variable', async () => {
    const config = '{ "app": "./app.mjs", "backend": "scgi", "grace": "1s", "bind": "127.0.0.1:1" }';
    const cwd = folder({ 'app.mjs': HELLO, 'tsgi.config.json': config });
    const env = { TSGI_BACKEND: 'fcgi', TSGI_GRACE: '3s', TSGI_SCRIPT_NAME: '/x', TSGI_BIND: '127.0.0.1:2' };
    const { stdout, exitCode } = await tsgi(['serve', '--grace', '500ms', '--print-config'], { cwd, env });
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      app: `${cwd}/app.mjs`,
      backend: 'scgi',
      bind: ['scgi://127.0.0.1:1'],
      grace: '500ms',
      scriptName: '/x',
    });
  });

  it('that is printed means the same when it is read again', async () => {
    const cwd = folder({ 'app.mjs': HELLO });
    const http = ['--trusted-peers', '10.0.0.0/8', '--no-http2', '--workers', '1', '--server-header', ''];
    const args = [
      ...http,
      '--head-size',
      '4k',
      '--bind',
      '[::1]:1',
      '--bind',
      'fcgi+unix:/a?mode=600',
      '--roles',
      'RESPONDER',
    ];
    const first = await tsgi(['serve', 'app.mjs', '--half-close', ...args, '--print-config'], { cwd });
    const again = folder({ 'tsgi.config.json': first.stdout });
    const second = await tsgi(['serve', '--print-config'], { cwd: again });
    expect(JSON.parse(second.stdout)).toEqual(JSON.parse(first.stdout));
  });

  it('is given back by defineConfig as it is', () => {
    const config = { app: './app.js', bind: ['http://127.0.0.1:8000', 'fcgi+unix:/run/app.sock'], grace: '5s' };
    expect(defineConfig(config)).toBe(config);
    expect(defineConfig({ bind: 'fd:3', grace: 5, maxBody: '1m', roles: 'RESPONDER' }).grace).toBe(5);
  });
});
