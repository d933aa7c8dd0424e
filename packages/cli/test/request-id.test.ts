import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exchange, folder, scgi, startTsgi } from './command.ts';

const APP = `
export default (environ, startResponse) => {
  if (environ.PATH_INFO === '/boom') throw new Error('boom');
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [Buffer.from('[' + (environ.HTTP_X_REQUEST_ID ?? 'none') + ']')];
};
`;

const soon = { timeout: 15_000, interval: 20 };
const ask = (port: number, path: string, ...headers: string[]): Promise<string> =>
  exchange(
    { host: '127.0.0.1', port },
    `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${headers.map((header) => `${header}\r\n`).join('')}\r\n`,
  );

describe('the id of a request', () => {
  it('is the one of a front end that is believed, and no other', async () => {
    for (const more of [[], ['--threads', '1']]) {
      const cwd = folder({ 'app.mjs': APP });
      const file = join(cwd, 'log');
      const base = ['serve', 'app.mjs', '--access-log', '%L', '--access-log-file', file, ...more];
      const trusting = await startTsgi([...base, '--bind', '127.0.0.1:0', '--trusted-peers', '127.0.0.1'], { cwd });
      expect(await ask(trusting.port, '/', 'X-Request-Id: front-1')).toContain('[front-1]');
      for (const bad of ['a b', 'a"b', 'x'.repeat(129), '\xff', '']) {
        expect(await ask(trusting.port, '/', `X-Request-Id: ${bad}`)).toMatch(/\[\w{12}-\w+\]$/);
      }
      await ask(trusting.port, '/boom', 'X-Request-Id: front-2');
      await trusting.stop();
      expect(readFileSync(file, 'utf8').split('\n')).toEqual(expect.arrayContaining(['front-1', 'front-2']));
      expect(trusting.stderr()).toContain('[front-2] GET /boom: Error: boom');

      const other = await startTsgi([...base, '--bind', '127.0.0.1:0'], { cwd });
      expect(await ask(other.port, '/', 'X-Request-Id: forged')).toMatch(/\[\w{12}-1\]$/);
      await other.stop();
      expect(readFileSync(file, 'utf8')).not.toContain('forged');
    }
  });

  it('is the web server’s over SCGI', async () => {
    const cwd = folder({ 'app.mjs': APP });
    const server = await startTsgi(['serve', 'app.mjs', '--bind', 'scgi://127.0.0.1:0', '--access-log', '%L'], { cwd });
    const target = { host: '127.0.0.1', port: server.port };
    const request = { REQUEST_URI: '/', SERVER_NAME: 'a', SERVER_PORT: '80', SERVER_PROTOCOL: 'HTTP/1.1' };
    expect(await scgi(target, { ...request, HTTP_X_REQUEST_ID: 'nginx' })).toContain('[nginx]');
    expect(await scgi(target, { ...request, HTTP_X_REQUEST_ID: 'client', UNIQUE_ID: 'apache@1' })).toContain(
      '[apache@1]',
    );
    await expect.poll(server.stderr, soon).toContain('nginx\napache@1\n');
    await server.stop();
  });

  it('is not made where there is no log: the header is the client’s', async () => {
    const cwd = folder({ 'app.mjs': APP });
    const server = await startTsgi(['serve', 'app.mjs', '--bind', '127.0.0.1:0'], { cwd });
    expect(await ask(server.port, '/', 'X-Request-Id: mine')).toContain('[mine]');
    expect(await ask(server.port, '/')).toContain('[none]');
    await server.stop();
  });
});
