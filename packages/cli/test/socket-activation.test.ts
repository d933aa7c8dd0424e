import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makePlan } from '../src/serving/plan.ts';
import { handedOver } from '../src/serving/socket-activation.ts';
import { layerOfFlags } from '../src/settings/layers.ts';
import { serveSettings } from '../src/settings/serve-settings.ts';
import { folder, HELLO } from './command.ts';

const script = fileURLToPath(new URL('../bin/tsgi.js', import.meta.url));

async function listener(path: string): Promise<{ server: Server; fd: number }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(() => void server.close());
  return { server, fd: Number(Reflect.get(Object(Reflect.get(server, '_handle')), 'fd')) };
}

/** As systemd starts it: LISTEN_PID is the process's own, which a shell knows and then becomes. */
async function start(
  args: string[],
  names: string | undefined,
  count = 2,
  pid = '$$',
  files: Record<string, string> = {},
): Promise<{ line: () => string; exited: Promise<unknown[]> }> {
  const cwd = folder({ 'app.mjs': HELLO, ...files });
  const sockets = await Promise.all([listener(`${cwd}/one`), listener(`${cwd}/two`)]);
  const assignments = `LISTEN_PID=${pid} LISTEN_FDS=${count}${names === undefined ? '' : ` LISTEN_FDNAMES=${names}`}`;
  const command = [process.execPath, script, ...args].map((word) => `'${word}'`).join(' ');
  const child = spawn('/bin/sh', ['-c', `${assignments} exec ${command}`], {
    cwd,
    stdio: ['ignore', 'ignore', 'pipe', ...sockets.map(({ fd }) => fd)],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let text = '';
  child.stderr?.on('data', (bytes) => (text += String(bytes)));
  return { line: () => text, exited: once(child, 'exit') };
}

describe('sockets that systemd hands over', () => {
  it.each([
    [undefined, [], 'http+fd:3 and http+fd:4'],
    ['unknown:app.socket', [], 'http+fd:3 and http+fd:4'],
    ['fcgi:http', [], 'fcgi+fd:3 and http+fd:4'],
    ['scgi-inner:public', ['--backend', 'fcgi'], 'scgi+fd:3 and fcgi+fd:4'],
  ])('are served without --bind: names %s, flags %j', async (names, flags, addresses) => {
    const { line } = await start(['serve', 'app.mjs', ...flags], names);
    await expect.poll(line, { timeout: 15_000 }).toContain(`serving app.mjs on ${addresses} (pid`);
  });

  it('that --bind leaves out are named', async () => {
    const { line } = await start(['serve', 'app.mjs', '--bind', 'http+fd:3'], undefined);
    await expect.poll(line, { timeout: 15_000 }).toContain('serving app.mjs on http+fd:3 (pid');
    expect(line()).toContain('tsgi: fd:4, handed over in LISTEN_FDS, is not among the addresses\n');
  });

  it('that are for another process are not taken, and that is said', async () => {
    const { line } = await start(['serve', 'app.mjs', '--bind', '127.0.0.1:0'], undefined, 2, '1');
    await expect.poll(line, { timeout: 15_000 }).toContain('serving app.mjs on http://127.0.0.1:');
    expect(line()).toMatch(
      /^tsgi: LISTEN_FDS is for process 1 \(LISTEN_PID\), and this one is \d+: its sockets are not taken/,
    );
  });

  it('that do not listen end the start', async () => {
    const { line, exited } = await start(['serve', 'app.mjs'], undefined, 9);
    expect(await exited).toEqual([3, null]);
    expect(line()).toMatch(/^tsgi: cannot listen on fd:\d+: it is not /m);
  });

  it('are none where the variables are not both there, or say none', () => {
    expect(handedOver({ LISTEN_FDS: '2' }, 7)).toEqual([]);
    expect(handedOver({ LISTEN_PID: '7' }, 7)).toEqual([]);
    expect(handedOver({ LISTEN_FDS: '0', LISTEN_PID: '7' }, 7)).toEqual([]);
    expect(handedOver({ LISTEN_FDS: '1', LISTEN_PID: '7', LISTEN_FDNAMES: 'cgi' }, 7)).toEqual(['fd:3']);
    for (const bad of ['x', '-1', '1.5', '99999', '1e3']) {
      expect(() => handedOver({ LISTEN_FDS: bad, LISTEN_PID: '7' }, 7)).toThrow(
        'LISTEN_FDS: expected a number of descriptors',
      );
    }
  });

  it('are each for the server of its name, where there are several', async () => {
    const all = ['web', 'admin', 'admin.more'];
    const of = (names: string, name: string): string[] => {
      const count = names.split(':').length;
      return handedOver({ LISTEN_FDS: String(count), LISTEN_PID: '7', LISTEN_FDNAMES: names }, 7, { name, all });
    };
    const names = 'admin:web:web-fcgi:admin.more:admin.more-scgi:other:webs';
    expect(of(names, 'web')).toEqual(['fd:4', 'fcgi+fd:5']);
    expect(of(names, 'admin')).toEqual(['fd:3']);
    expect(of(names, 'admin.more')).toEqual(['fd:6', 'scgi+fd:7']);
    expect(of('fcgi:other', 'web')).toEqual(['fcgi+fd:3', 'fd:4']);
  });

  it('are served by the servers of a config file, with workers and without', async () => {
    const config = `export default { servers: { web: { app: './app.mjs' }, admin: { app: './app.mjs', scriptName: '/a' } } };`;
    for (const more of [[], ['--workers', '1']]) {
      const { line } = await start(['serve', ...more], 'admin-fcgi:web', 2, '$$', { 'tsgi.config.mjs': config });
      await expect.poll(line, { timeout: 15_000 }).toMatch(/serving web \(.*\).* on http\+fd:4 /);
      await expect.poll(line, { timeout: 15_000 }).toMatch(/serving admin \(.*\).* on fcgi\+fd:3 /);
      // A worker has its own, and nothing to say of those.
      expect(line()).not.toContain('LISTEN_FDS');
    }
  });

  it('are stronger than PORT, which a platform sets for everybody', async () => {
    const variables = { LISTEN_FDS: '1', LISTEN_PID: String(process.pid), PORT: '3000' };
    expect(await makePlan(layerOfFlags(serveSettings, {}), variables)).toEqual({
      type: 'listen',
      binds: [{ scheme: 'http', address: { type: 'fd', fd: 3 } }],
    });
  });
});
