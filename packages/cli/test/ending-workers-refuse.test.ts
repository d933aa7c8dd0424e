import { writeFileSync } from 'node:fs';
import { connect, type NetConnectOpts } from 'node:net';
import { describe, expect, it } from 'vitest';
import { exchange, folder, startTsgi } from './command.ts';

/** One request holds its worker until the file `free` is there. */
const APP = `import { existsSync } from 'node:fs';
export default async (environ, startResponse) => {
  while (environ.PATH_INFO === '/held' && !existsSync('free')) await new Promise((resolve) => setTimeout(resolve, 20));
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [Buffer.from('whole')];
};`;

/** What becomes of a new connection. */
function knock(target: NetConnectOpts): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(target, () => resolve('accepted'));
    socket.on('error', (error) => resolve('code' in error ? String(error.code) : error.message));
    setTimeout(() => socket.destroy(), 1000);
  });
}

// A connection that is accepted by nobody but the kernel waits as long as the last request runs, and is reset then: a web server
// that is refused instead asks another host at once, POST or not.
describe('while workers end', () => {
  it.each([
    ['a port', '127.0.0.1:0', ['ECONNREFUSED']],
    ['a UNIX socket', 'unix:app.sock', ['ENOENT', 'ECONNREFUSED']],
  ])('%s refuses connections, at once', async (_what, bind, refusals) => {
    const cwd = folder({ 'app.mjs': APP });
    const server = await startTsgi(['serve', 'app.mjs', '--bind', bind, '--workers', '2', '--grace', '30s'], { cwd });
    const target = bind.startsWith('unix:') ? { path: `${cwd}/app.sock` } : { host: '127.0.0.1', port: server.port };
    const held = exchange(target, 'GET /held HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    await expect.poll(() => knock(target), { timeout: 20_000 }).toBe('accepted');
    const ended = server.stop();
    await expect.poll(() => knock(target), { timeout: 20_000 }).toBeOneOf(refusals);
    writeFileSync(`${cwd}/free`, '');
    expect(await held).toMatch(/whole$/);
    expect(await ended).toBe(0);
  });

  it('so does one that a reload takes away', async () => {
    const config = (names: readonly string[]): string =>
      JSON.stringify({
        app: 'app.mjs',
        workers: 1,
        grace: '30s',
        servers: Object.fromEntries(names.map((name) => [name, { bind: `unix:${name}.sock` }])),
      });
    const cwd = folder({ 'app.mjs': APP, 'tsgi.config.json': config(['one', 'two']) });
    const server = await startTsgi(['serve'], { cwd });
    const target = { path: `${cwd}/two.sock` };
    await expect.poll(() => knock(target), { timeout: 20_000 }).toBe('accepted');
    const held = exchange(target, 'GET /held HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    await expect.poll(() => knock(target), { timeout: 20_000 }).toBe('accepted');
    writeFileSync(`${cwd}/tsgi.config.json`, config(['one']));
    server.child.kill('SIGHUP');
    await expect.poll(() => knock(target), { timeout: 20_000 }).toBeOneOf(['ENOENT', 'ECONNREFUSED']);
    writeFileSync(`${cwd}/free`, '');
    expect(await held).toMatch(/whole$/);
    expect(await server.stop()).toBe(0);
  });
});
