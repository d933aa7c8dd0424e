import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { folder, freePort, get, scgi, type Server, spawnTsgi, startTsgi, tsgi } from './command.ts';

const APP = `
export default async (environ, startResponse) => {
  if (environ.PATH_INFO === '/pid') {
    startResponse('200 OK', [['Content-Type', 'text/plain']]);
    return [Buffer.from('pid ' + process.pid)];
  }
  if (environ.PATH_INFO === '/boom') throw new Error('boom');
  if (environ.PATH_INFO.startsWith('/slow')) await new Promise((resolve) => setTimeout(resolve, 400));
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [Buffer.from('x')];
};
`;

const soon = { timeout: 20_000, interval: 50 };

async function measured(...args: string[]): Promise<{ server: Server; metrics: number }> {
  const cwd = folder({ 'app.mjs': APP });
  const metrics = await freePort();
  const server = await startTsgi(['serve', 'app.mjs', '--bind', '127.0.0.1:0', '--metrics', String(metrics), ...args], {
    cwd,
  });
  return { server, metrics };
}

async function figures(port: number): Promise<Map<string, number>> {
  const text = await get(port, '/metrics');
  const found = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [, name = '', value = ''] = /^(tsgi_\S+) (\S+)\r?$/.exec(line) ?? [];
    if (name !== '') found.set(name, Number(value));
  }
  return found;
}

const figure = async (port: number, name: string): Promise<number | undefined> => (await figures(port)).get(name);

describe('the figures', () => {
  it.each([[[]], [['--workers', '2']], [['--threads', '1']]])('count what was served %j', async (args: string[]) => {
    const { server, metrics } = await measured(...args, '--bind', 'scgi://127.0.0.1:0');
    for (let asked = 0; asked < 10; asked++) await get(server.port, '/');
    await get(server.port, '/boom');
    await get(server.port, '/bad', 'G ET');
    const target = { host: '127.0.0.1', port: Number(server.addresses[1]?.split(':').at(-1)) };
    await scgi(target, { REQUEST_URI: '/', SERVER_NAME: 'a', SERVER_PORT: '80', SERVER_PROTOCOL: 'HTTP/1.1' });
    await expect.poll(() => figure(metrics, 'tsgi_requests_total{wire="http",code="2xx"}'), soon).toBe(10);
    await expect.poll(() => figure(metrics, 'tsgi_requests_total{wire="scgi",code="2xx"}'), soon).toBe(1);
    const found = await figures(metrics);
    expect(found.get('tsgi_requests_total{wire="http",code="5xx"}')).toBe(1);
    expect(found.get('tsgi_refusals_total{wire="http",reason="BAD_REQUEST"}')).toBe(1);
    expect(found.get('tsgi_request_duration_seconds_count{wire="http"}')).toBe(11);
    expect(found.get('tsgi_request_duration_seconds_bucket{le="+Inf",wire="http"}')).toBe(11);
    expect(found.get('tsgi_connections_total{wire="http"}')).toBe(12);
    expect(found.get('tsgi_requests_in_flight{wire="http"}')).toBe(0);
    expect(found.get('tsgi_received_bytes_total{wire="http"}')).toBeGreaterThan(400);
    expect(found.get('tsgi_resident_memory_bytes')).toBeGreaterThan(10_000_000);
    expect(await server.stop()).toBe(0);
  });

  it('of a worker that is killed, or replaced, stay', async () => {
    const { server, metrics } = await measured('--workers', '1');
    for (let asked = 0; asked < 5; asked++) await get(server.port, '/');
    const [, pid = ''] = /pid (\d+)/.exec(await get(server.port, '/pid')) ?? [];
    const served = 'tsgi_requests_total{wire="http",code="2xx"}';
    await expect.poll(() => figure(metrics, served), soon).toBe(6);
    process.kill(Number(pid), 'SIGKILL');
    await expect.poll(() => figure(metrics, 'tsgi_worker_restarts_total{reason="crash"}'), soon).toBe(1);
    await expect.poll(() => figure(metrics, 'tsgi_processes{state="ready"}'), soon).toBe(1);
    expect(await figure(metrics, served)).toBe(6);
    await get(server.port, '/');
    server.child.kill('SIGHUP');
    await expect.poll(server.stderr, soon).toContain('reloaded');
    await expect.poll(() => figure(metrics, 'tsgi_worker_restarts_total{reason="replaced"}'), soon).toBe(1);
    // What was counted within the last second was told at its end.
    expect(await figure(metrics, served)).toBe(7);
    await server.stop();
  });
});

describe('health', () => {
  it.each([[[]], [['--workers', '1']]])('is ready, and is not while it drains %j', async (args: string[]) => {
    const { server, metrics } = await measured(...args);
    expect(await get(metrics, '/ready')).toMatch(/^HTTP\/1\.1 200 [^]*ready\n$/);
    const slow = get(server.port, '/slow');
    await new Promise((resolve) => setTimeout(resolve, 100));
    server.child.kill('SIGTERM');
    await expect.poll(() => get(metrics, '/ready'), { timeout: 3000, interval: 10 }).toMatch(/ 503 [^]*draining\n$/);
    expect(await get(metrics, '/health')).toMatch(/ 200 [^]*alive\n$/);
    expect(await slow).toContain(' 200 OK');
  });

  it('is not ready while workers start', async () => {
    const cwd = folder({ 'app.mjs': `await new Promise((resolve) => setTimeout(resolve, 1500));${APP}` });
    const metrics = await freePort();
    const child = spawnTsgi(
      ['serve', 'app.mjs', '--bind', '127.0.0.1:0', '--workers', '1', '--metrics', String(metrics)],
      { cwd },
    );
    const ready = (): Promise<string> => get(metrics, '/ready').catch(() => 'nothing yet');
    await expect.poll(ready, soon).toMatch(/ 503 [^]*starting\n$/);
    await expect.poll(ready, soon).toMatch(/ 200 /);
    child.kill('SIGTERM');
    await once(child, 'close');
  });
});

describe('the address of --metrics', () => {
  it('is this machine’s alone where only a port is said', async () => {
    const { server, metrics } = await measured();
    const other = connect(metrics, '127.0.0.2');
    const [error] = await once(other, 'error');
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
    expect(await get(metrics, '/nothing')).toMatch(/ 404 /);
    expect(await get(metrics, '/metrics', 'POST')).toMatch(/ 405 /);
    await server.stop();
  });

  it('that cannot be had, or is none, ends the start with one line', async () => {
    const { server, metrics } = await measured();
    const cwd = folder({ 'app.mjs': APP });
    for (const more of [[], ['--workers', '1']]) {
      const base = ['serve', 'app.mjs', '--bind', '127.0.0.1:0', ...more];
      expect(await tsgi([...base, '--metrics', String(metrics)], { cwd })).toMatchObject({
        exitCode: 3,
        stderr: expect.stringMatching(/^tsgi: --metrics \d+: .*\n$/),
      });
      expect(await tsgi([...base, '--metrics', 'localhost'], { cwd })).toMatchObject({
        exitCode: 2,
        stderr: expect.stringMatching(/^tsgi: --metrics localhost: .*\n$/),
      });
    }
    await server.stop();
  });
});
