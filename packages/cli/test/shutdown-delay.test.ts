import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { folder, get, startTsgi, tsgi } from './command.ts';

const APP = `export default (environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [Buffer.from('whole')];
};`;

async function started(flags: readonly string[], delay = '30s') {
  const cwd = folder({ 'app.mjs': APP });
  const server = await startTsgi(
    [
      'serve',
      'app.mjs',
      '--bind',
      '127.0.0.1:0',
      '--metrics',
      'unix:metrics.sock',
      '--shutdown-delay',
      delay,
      ...flags,
    ],
    { cwd },
  );
  const ready = async (): Promise<number | undefined> => {
    const call = request({ socketPath: `${cwd}/metrics.sock`, path: '/ready' }).end();
    const [answer] = await once(call, 'response');
    answer.resume();
    return answer.statusCode;
  };
  return { server, ready, ended: once(server.child, 'close') };
}

/** The status of a request on a kept connection, whether that one was used before, and what it says of its future. */
async function ask(agent: Agent, port: number): Promise<[status?: number, isReused?: boolean, connection?: string]> {
  const call = request({ host: '127.0.0.1', port, agent, path: '/' }).end();
  const [answer] = await once(call, 'response');
  answer.resume();
  await once(answer, 'end');
  return [answer.statusCode, call.reusedSocket, answer.headers.connection];
}

describe.each([
  ['one process', []],
  ['workers', ['--workers', '2']],
] as const)('--shutdown-delay, %s', (_what, flags) => {
  it('answers as before, and is not ready, until a second signal', async () => {
    const { server, ready, ended } = await started(flags);
    await expect.poll(ready, { timeout: 20_000 }).toBe(200);
    server.child.kill('SIGTERM');
    await expect.poll(ready, { timeout: 20_000 }).toBe(503);
    expect(server.stderr()).toMatch(/: not ready any more; closing in 30 s, within 10 s from then on; a second signal/);
    for (let count = 0; count < 5; count++) expect(await get(server.port, '/')).toMatch(/whole$/);
    server.child.kill('SIGTERM');
    expect((await ended)[0]).toBe(0);
  });

  it('leaves kept connections a last answer that says so', async () => {
    const { server, ended } = await started(flags, '1ms');
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    expect((await ask(agent, server.port))[0]).toBe(200);
    server.child.kill('SIGTERM');
    await expect.poll(() => get(server.port, '/').catch(() => 'refused'), { timeout: 20_000 }).toBe('refused');
    expect(await ask(agent, server.port)).toEqual([200, true, 'close']);
    expect((await ended)[0]).toBe(0);
    agent.destroy();
  });

  it('is not for Ctrl+C', async () => {
    const { server, ended } = await started(flags);
    server.child.kill('SIGINT');
    expect((await ended)[0]).toBe(0);
  });
});

it('--shutdown-delay has an end', async () => {
  const cwd = folder({ 'app.mjs': APP });
  const { exitCode, stderr } = await tsgi(['serve', 'app.mjs', '--shutdown-delay', 'unlimited'], { cwd });
  expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/--shutdown-delay: expected a duration that ends/)]);
});
