import { once } from 'node:events';
import { existsSync, lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { exchange, folder, get, HELLO, scgi, spawnTsgi, startTsgi, tsgi } from './command.ts';

/** Answers with what a worker is, and dies or hangs when it is asked to. */
const APP = `
export const version = 1;
export default async (environ, startResponse) => {
  if (environ.PATH_INFO === '/hang') for (;;);
  if (environ.PATH_INFO === '/exit') process.exit(9);
  if (environ.PATH_INFO === '/slow') await new Promise((resolve) => setTimeout(resolve, 500));
  startResponse('200 OK', [['Content-Type', 'application/json']]);
  return [Buffer.from(JSON.stringify({ version, pid: process.pid, many: environ['tsgi.multiprocess'] }))];
};
`;

interface Answer {
  version: number;
  pid: number;
  many: boolean;
}

async function ask(port: number, path = '/'): Promise<Answer> {
  const text = await get(port, path);
  const answer: Answer = JSON.parse(text.slice(text.indexOf('{')));
  return answer;
}

async function pids(port: number, wanted: number): Promise<Set<number>> {
  const found = new Set<number>();
  const until = Date.now() + 15_000;
  while (found.size < wanted && Date.now() < until) {
    // A worker that was killed takes along what was inside it.
    const asked = Array.from({ length: 8 }, () => ask(port).catch(() => undefined));
    for (const answer of await Promise.all(asked)) if (answer !== undefined) found.add(answer.pid);
  }
  return found;
}

/** Sends requests one after another on several kept connections until it is stopped. */
function load(port: number, lanes: number): { stop(): Promise<{ sent: number; failed: string[] }> } {
  const agent = new Agent({ keepAlive: true, maxSockets: lanes });
  const control = { running: true };
  let sent = 0;
  const failed: string[] = [];
  const one = async (): Promise<void> => {
    const call = request({ host: '127.0.0.1', port, agent, path: '/' });
    call.end();
    const [response] = await once(call, 'response');
    for await (const chunk of response) void chunk;
    if (response.statusCode !== 200) failed.push(String(response.statusCode));
  };
  const lane = async (): Promise<void> => {
    while (control.running && sent < 20_000) {
      sent++;
      await one().catch((error: unknown) => failed.push(String(error)));
    }
  };
  const all = Promise.all(Array.from({ length: lanes }, lane));
  return {
    async stop() {
      control.running = false;
      await all;
      agent.destroy();
      return { sent, failed };
    },
  };
}

describe('tsgi serve --workers', () => {
  it('serves with several processes, which know that they are several', async () => {
    const cwd = folder({ 'app.mjs': APP });
    const args = ['serve', 'app.mjs', '--bind', '127.0.0.1:0', '--workers', '2', '--pid-file', 'pid'];
    const server = await startTsgi(args, { cwd });
    expect(server.stderr()).toMatch(/serving app\.mjs with 2 workers on/);
    expect((await pids(server.port, 2)).size).toBe(2);
    expect(await ask(server.port)).toMatchObject({ many: true });
    expect(Number(readFileSync(`${cwd}/pid`, 'utf8'))).toBe(server.child.pid);
    expect(await server.stop()).toBe(0);
    expect(existsSync(`${cwd}/pid`)).toBe(false);
  });

  it('names in its banner what a worker has found the application to be', async () => {
    const cwd = folder({ 'fetch.mjs': `export default { fetch: () => new Response('hello') };` });
    const server = await startTsgi(['serve', 'fetch.mjs', '--bind', '127.0.0.1:0', '--workers', '2'], { cwd });
    expect(server.stderr()).toMatch(/serving fetch\.mjs \(a fetch application\) with 2 workers on/);
    expect(await server.stop()).toBe(0);
  });

  it('loses no request in reloads under load, and serves the new code afterwards', async () => {
    const cwd = folder({ 'app.mjs': APP });
    const server = await startTsgi(['serve', 'app.mjs', '--bind', '127.0.0.1:0', '--workers', '2'], { cwd });
    const clients = load(server.port, 8);
    for (let reload = 1; reload <= 4; reload++) {
      writeFileSync(`${cwd}/app.mjs`, APP.replace('version = 1', `version = ${reload + 1}`));
      server.child.kill('SIGHUP');
      await expect.poll(() => server.stderr().match(/reloaded/g)?.length, { timeout: 20_000 }).toBe(reload);
    }
    const { sent, failed } = await clients.stop();
    expect(failed).toEqual([]);
    expect(sent).toBeGreaterThan(100);
    expect(await ask(server.port)).toMatchObject({ version: 5 });
    expect(await server.stop()).toBe(0);
  }, 90_000);

  it('closes kept connections that stay silent when their worker makes way, within the grace', async () => {
    const cwd = folder({ 'app.mjs': APP });
    const args = ['serve', 'app.mjs', '--bind', '127.0.0.1:0', '--workers', '1', '--grace', '1s'];
    const server = await startTsgi([...args, '--keep-alive-timeout', '60m'], { cwd });
    const socket = connect({ port: server.port, host: '127.0.0.1' });
    let received = '';
    socket.on('data', (bytes) => (received += String(bytes)));
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await expect.poll(() => received, { timeout: 20_000 }).toMatch(/\}$/);
    const { pid } = JSON.parse(received.slice(received.indexOf('{'))) as Answer;
    const ended = once(socket, 'close');
    server.child.kill('SIGHUP');
    await ended;
    await expect.poll(() => isRunning(pid), { timeout: 20_000 }).toBe(false);
    expect(await server.stop()).toBe(0);
  });

  it('keeps the old workers when the new code cannot be loaded', async () => {
    const cwd = folder({ 'app.mjs': APP });
    const server = await startTsgi(['serve', 'app.mjs', '--bind', '127.0.0.1:0', '--workers', '2'], { cwd });
    const before = await pids(server.port, 2);
    writeFileSync(`${cwd}/app.mjs`, 'throw new Error("a typing error");');
    server.child.kill('SIGHUP');
    await expect.poll(server.stderr, { timeout: 20_000 }).toMatch(/not reloaded: worker \d+ could not start/);
    expect(server.stderr()).toMatch(/a typing error/);
    expect(await pids(server.port, 2)).toEqual(before);
    expect(await server.stop()).toBe(0);
  });

  it('replaces a worker that was killed, that ended by itself, and that does not respond', async () => {
    const cwd = folder({ 'app.mjs': APP });
    const args = ['serve', 'app.mjs', '--bind', '127.0.0.1:0', '--workers', '2', '--worker-timeout', '500ms'];
    const server = await startTsgi(args, { cwd });
    const [first = 0, second = 0] = await pids(server.port, 2);
    process.kill(first, 'SIGKILL');
    await expect.poll(server.stderr, { timeout: 20_000 }).toMatch(/worker \d+ ended unexpectedly \(SIGKILL\)/);
    process.kill(second, 'SIGSTOP');
    await expect.poll(server.stderr, { timeout: 20_000 }).toMatch(/does not respond: it is killed/);
    void get(server.port, '/exit').catch(() => {});
    await expect.poll(server.stderr, { timeout: 20_000 }).toMatch(/\(exit code 9\)/);
    void get(server.port, '/hang').catch(() => {});
    await expect.poll(() => server.stderr().match(/does not respond/g)?.length, { timeout: 20_000 }).toBe(2);
    const after = await pids(server.port, 2);
    expect(after.size).toBe(2);
    expect(after.has(first) || after.has(second)).toBe(false);
    expect(await server.stop()).toBe(0);
  });

  it('serves over UNIX sockets and over several wires', async () => {
    const cwd = folder({ 'app.mjs': APP });
    const binds = ['--bind', '127.0.0.1:0', '--bind', 'http+unix:s?mode=600', '--bind', 'scgi+unix:t'];
    const server = await startTsgi(['serve', 'app.mjs', '--workers', '2', ...binds], { cwd });
    expect(lstatSync(`${cwd}/s`).mode & 0o777).toBe(0o600);
    expect(await scgi({ path: `${cwd}/t` }, {})).toContain('"many":true');
    server.child.kill('SIGHUP');
    await expect.poll(server.stderr, { timeout: 20_000 }).toMatch(/reloaded/);
    expect(await exchange({ path: `${cwd}/s` }, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')).toContain(
      '"many":true',
    );
    expect(await server.stop()).toBe(0);
    expect(existsSync(`${cwd}/s`) || existsSync(`${cwd}/t`)).toBe(false);
  });

  it('takes one more worker and one less', async () => {
    const cwd = folder({ 'app.mjs': APP });
    const server = await startTsgi(['serve', 'app.mjs', '--bind', '127.0.0.1:0', '--workers', '1'], { cwd });
    expect((await pids(server.port, 1)).size).toBe(1);
    server.child.kill('SIGTTIN');
    expect((await pids(server.port, 2)).size).toBe(2);
    server.child.kill('SIGTTOU');
    await expect
      .poll(async () => (await Promise.all(Array.from({ length: 20 }, () => ask(server.port)))).map(({ pid }) => pid), {
        timeout: 20_000,
      })
      .toSatisfy((found: number[]) => new Set(found).size === 1);
    expect(await server.stop()).toBe(0);
  });

  it('answers what runs before it ends', async () => {
    const cwd = folder({ 'app.mjs': APP });
    const server = await startTsgi(['serve', 'app.mjs', '--bind', '127.0.0.1:0', '--workers', '2'], { cwd });
    const running = Array.from({ length: 20 }, () => ask(server.port, '/slow'));
    await delay(200);
    const stopped = server.stop();
    expect((await Promise.all(running)).every(({ version }) => version === 1)).toBe(true);
    expect(await stopped).toBe(0);
  });

  it('ends with 3 when the application cannot be loaded, and leaves nobody behind', async () => {
    const cwd = folder({ 'app.mjs': 'export default 7;' });
    const args = ['serve', 'app.mjs', '--bind', '127.0.0.1:0', '--workers', '2'];
    const { exitCode, stderr } = await tsgi(args, { cwd });
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/cannot serve app\.mjs/);
  });

  it('backs off from an application that ends while it starts', async () => {
    const cwd = folder({ 'app.mjs': 'process.kill(process.pid, "SIGKILL"); await new Promise(() => {});' });
    const args = ['serve', 'app.mjs', '--bind', '127.0.0.1:0', '--workers', '1'];
    const child = spawnTsgi(args, { cwd });
    let stderr = '';
    child.stderr?.on('data', (bytes) => (stderr += String(bytes)));
    const waits = (): string[] =>
      [...stderr.matchAll(/ended before it was ready \(SIGKILL\): next start in ([\d.]+) s/g)].map(
        ([, wait = '']) => wait,
      );
    await expect.poll(waits, { timeout: 20_000 }).toEqual(['0.1', '0.2', '0.4']);
    const ended = once(child, 'close');
    child.kill('SIGTERM');
    expect((await ended)[0]).toBe(0);
  });

  it('ends its workers when it is killed itself', async () => {
    const cwd = folder({ 'app.mjs': APP });
    const server = await startTsgi(['serve', 'app.mjs', '--bind', '127.0.0.1:0', '--workers', '2'], { cwd });
    const workers = await pids(server.port, 2);
    server.child.kill('SIGKILL');
    await expect.poll(() => [...workers].filter(isRunning), { timeout: 20_000 }).toEqual([]);
  });

  it('names what cannot be had', async () => {
    const cwd = folder({ 'app.mjs': APP });
    const server = await startTsgi(['serve', 'app.mjs', '--bind', '127.0.0.1:0'], { cwd });
    const taken = await tsgi(['serve', 'app.mjs', '--bind', `127.0.0.1:${server.port}`, '--workers', '2'], { cwd });
    expect(taken).toMatchObject({ exitCode: 3 });
    expect(taken.stderr).toMatch(/is already in use/);
    const noPid = await tsgi(['serve', 'app.mjs', '--bind', '127.0.0.1:0', '--workers', '2', '--pid-file', 'no/pid'], {
      cwd,
    });
    expect(noPid).toMatchObject({ exitCode: 3 });
    expect(noPid.stderr).toMatch(/--pid-file .*no\/pid: there is no folder \S*no\n/);
    expect(await tsgi(['serve', 'app.mjs', '--workers', '0'], { cwd })).toMatchObject({ exitCode: 2 });
  });

  it('an address that is named twice is refused, with workers and without', async () => {
    const cwd = folder({ 'app.mjs': HELLO });
    for (const more of [[], ['--workers', '1'], ['--check-config']]) {
      for (const [one, other, place] of [
        ['127.0.0.1:8123', 'fcgi://127.0.0.1:8123', '127.0.0.1:8123'],
        ['unix:x', 'scgi+unix:./x', `unix:${cwd}/x`],
        ['fd:3', 'fd:3', 'fd:3'],
      ] as const) {
        expect(await tsgi(['serve', 'app.mjs', ...more, '--bind', one, '--bind', other], { cwd })).toMatchObject({
          exitCode: 2,
          stderr: `tsgi: --bind: ${place} is there twice; choose another address for one of them\n`,
        });
      }
    }
    // The system gives each its own.
    const server = await startTsgi(['serve', 'app.mjs', '--bind', '127.0.0.1:0', '--bind', '127.0.0.1:0'], { cwd });
    expect(new Set(server.addresses).size).toBe(2);
    await server.stop();
  });

  it('an address that is bound twice, by --metrics or a wider --bind, is said to be in use', async () => {
    const cwd = folder({ 'app.js': HELLO });
    const free = await startTsgi(['serve', 'app.js', '--bind', '127.0.0.1:0'], { cwd });
    const { port } = free;
    await free.stop();
    const bind = ['serve', 'app.js', '--workers', '2', '--bind', `127.0.0.1:${port}`];
    for (const other of [
      ['--metrics', String(port)],
      ['--bind', `0.0.0.0:${port}`],
    ]) {
      const { exitCode, stderr } = await tsgi([...bind, ...other], { cwd });
      expect(stderr).toMatch(
        /^tsgi: http:\/\/(?:127\.0|0\.0)\.0\.[01]:\d+ is already in use; choose another address with --bind\n$/,
      );
      expect(stderr).toContain(`:${port} `);
      expect(exitCode).toBe(3);
    }
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
