import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { describe, expect, it } from 'vitest';
import { exchange, folder, get, startTsgi, tsgi } from './command.ts';

const WHO = `export default (environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  const { REMOTE_ADDR: address, SERVER_PROTOCOL: protocol } = environ;
  return [Buffer.from([environ['tsgi.url_scheme'], address, protocol].join(' '))];
};
`;

async function start(...flags: string[]): Promise<{ port: number }> {
  return startTsgi(['serve', 'app.mjs', '--bind', '127.0.0.1:0', ...flags], { cwd: folder({ 'app.mjs': WHO }) });
}

const forwarded = 'GET / HTTP/1.0\r\nX-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\n\r\n';

describe('settings of HTTP', () => {
  it('--trusted-peers believes proxies, and nobody else', async () => {
    const trusting = await start('--trusted-peers', '127.0.0.0/8', '--trusted-peers', 'unix');
    expect(await exchange({ host: '127.0.0.1', port: trusting.port }, forwarded)).toMatch(
      /https 192\.0\.2\.1 HTTP\/1\.0$/,
    );
    for (const { port } of [await start(), await start('--trusted-peers', '10.0.0.0/8')])
      expect(await exchange({ host: '127.0.0.1', port }, forwarded)).toMatch(/http 127\.0\.0\.1 HTTP\/1\.0$/);
  });

  it('--proxy-protocol takes the client from the PROXY header', async () => {
    const { port } = await start('--proxy-protocol');
    const line = 'PROXY TCP4 192.0.2.7 192.0.2.8 4000 80\r\n';
    expect(await exchange({ host: '127.0.0.1', port }, `${line}GET / HTTP/1.0\r\n\r\n`)).toMatch(/http 192\.0\.2\.7 /);
  });

  it('--h2c speaks HTTP/2 without TLS', async () => {
    const { port } = await start('--h2c');
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    const stream = session.request({ ':path': '/' });
    const [headers] = await once(stream, 'response');
    expect(headers[':status']).toBe(200);
    expect(String(await once(stream, 'data'))).toBe('http 127.0.0.1 HTTP/2.0');
    session.destroy();
    expect(await get(port, '/')).toMatch(/HTTP\/1\.1$/);
  });

  it('--server-header is the Server header, and no header when empty', async () => {
    expect(await get((await start('--server-header', 'mine/1.0')).port, '/')).toContain('Server: mine/1.0\r\n');
    expect(await get((await start('--server-header', '')).port, '/')).not.toContain('Server:');
    for (const value of ['a\r\nX: b', 'a\nb', 'a\0', '\u0100']) {
      const cwd = folder({ 'app.mjs': WHO, 'tsgi.config.json': JSON.stringify({ serverHeader: value }) });
      const { exitCode, stderr } = await tsgi(['serve', 'app.mjs', '--bind', '127.0.0.1:0'], { cwd });
      expect([value, exitCode, stderr]).toEqual([value, 2, expect.stringContaining('serverHeader')]);
    }
  });
});
