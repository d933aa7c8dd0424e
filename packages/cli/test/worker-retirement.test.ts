import type { App } from '@tsgi/core';
import { callApp } from '@tsgi/core/testing';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { untilSpent } from '../src/serving/retirement.ts';
import { folder, get, startTsgi, tsgi } from './command.ts';

const script = fileURLToPath(new URL('../bin/tsgi.js', import.meta.url));

const hello: App = (_environ, startResponse) => {
  startResponse('200 OK', []);
  return [];
};

/** Requests after which the app said that it is spent; what came behind it is answered, too. */
async function requestsUntilSpent(maxRequests: number, random: number): Promise<number[]> {
  const found: number[] = [];
  let requests = 0;
  const app = untilSpent(hello, { maxRequests, maxRss: Infinity }, () => found.push(requests), random);
  for (let count = 0; count < 2 * maxRequests; count++) {
    requests++;
    expect(await callApp(app)).toMatchObject({ status: '200 OK' });
  }
  return found;
}

describe('an application until it is spent', () => {
  it('says so once, after the requests that it may have, a tenth more or less', async () => {
    expect(await requestsUntilSpent(200, 0)).toEqual([180]);
    expect(await requestsUntilSpent(200, 0.5)).toEqual([200]);
    expect(await requestsUntilSpent(200, 1)).toEqual([220]);
    expect(await requestsUntilSpent(1, 0)).toEqual([1]);
  });

  it('looks at its memory at every hundredth request', async () => {
    let requests = 0;
    const found: number[] = [];
    const app = untilSpent(hello, { maxRequests: Infinity, maxRss: 1 }, () => found.push(requests));
    for (requests = 1; requests <= 300; requests++) await callApp(app);
    expect(found).toEqual([100]);
    const small = untilSpent(hello, { maxRequests: Infinity, maxRss: 2 ** 40 }, () => found.push(-1));
    for (requests = 1; requests <= 300; requests++) await callApp(small);
    expect(found).toEqual([100]);
  });

  it('is the application itself where nothing is limited', () => {
    expect(untilSpent(hello, { maxRequests: Infinity, maxRss: Infinity }, () => {})).toBe(hello);
  });
});

const APP = `
const kept = [];
export default (environ, startResponse) => {
  if (environ.PATH_INFO === '/grow') kept.push(Buffer.alloc(1_000_000, 'x'));
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [Buffer.from(String(process.pid))];
};
`;

describe('tsgi serve --workers', () => {
  it('--max-requests replaces a worker that has had enough, and loses nothing', async () => {
    const cwd = folder({ 'app.mjs': APP });
    const args = ['serve', 'app.mjs', '--bind', '127.0.0.1:0', '--workers', '1', '--max-requests', '20'];
    const server = await startTsgi(args, { cwd });
    const pids = new Set<string>();
    for (let sent = 0; sent < 5_000 && pids.size < 4; sent++) {
      const answer = await get(server.port, '/');
      expect(answer).toMatch(/^HTTP\/1\.1 200 OK/);
      pids.add(answer.slice(answer.lastIndexOf('\n') + 1));
    }
    expect(pids.size).toBe(4);
    expect(server.stderr()).toMatch(/worker \d+ has had (1[89]|2[0-2]) requests: another one takes over/);
    expect(server.stderr()).not.toMatch(/unexpectedly/);
    expect(await server.stop()).toBe(0);
  });

  it('--max-rss replaces a worker that has grown', async () => {
    const cwd = folder({ 'app.mjs': APP });
    const args = ['serve', 'app.mjs', '--bind', '127.0.0.1:0', '--workers', '1', '--max-rss', '200m'];
    const server = await startTsgi(args, { cwd });
    const first = await get(server.port, '/');
    for (let sent = 0; sent < 2_000 && !server.stderr().includes('has grown'); sent++) await get(server.port, '/grow');
    expect(server.stderr()).toMatch(/worker \d+ has grown to 2\d\d MiB: another one takes over/);
    await expect.poll(() => get(server.port, '/'), { timeout: 20_000 }).not.toBe(first);
    expect(await server.stop()).toBe(0);
  });

  it('--max-rss below what a worker needs replaces it ever more seldom, and says so once', async () => {
    const cwd = folder({ 'app.mjs': APP });
    const args = ['serve', 'app.mjs', '--bind', '127.0.0.1:0', '--workers', '1', '--max-rss', '10m'];
    const server = await startTsgi(args, { cwd });
    const count = (line: RegExp): number => server.stderr().match(line)?.length ?? 0;
    const needsMore = /^tsgi: a worker needs more memory than it may have/gm;
    // Each hundredth request finds it too large: without a wait, each of these hundreds would replace a worker.
    let hundreds = 0;
    for (; hundreds < 300 && (count(needsMore) === 0 || hundreds < 20); hundreds++) {
      for (let sent = 0; sent < 100; sent += 10) {
        const answers = await Promise.all(Array.from({ length: 10 }, () => get(server.port, '/')));
        expect(answers.every((answer) => answer.startsWith('HTTP/1.1 200 OK'))).toBe(true);
      }
    }
    expect(count(needsMore)).toBe(1);
    expect(count(/has grown to/g)).toBeLessThan(hundreds / 2);
    expect(await server.stop()).toBe(0);
  }, 90_000);

  it.runIf(spawnSync('taskset', ['--version']).status === 0)(
    '--workers auto is one for each core that it may use',
    async () => {
      const cwd = folder({ 'app.mjs': APP });
      const program = [process.execPath, script, 'serve', 'app.mjs', '--bind', '127.0.0.1:0', '--workers', 'auto'];
      const child = spawn('taskset', ['-c', '0', ...program], { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
      onTestFinished(() => void child.kill('SIGKILL'));
      let stderr = '';
      child.stderr.on('data', (bytes) => (stderr += String(bytes)));
      await expect.poll(() => stderr, { timeout: 20_000 }).toMatch(/serving app\.mjs with 1 worker on/);
      child.kill('SIGTERM');
      expect((await once(child, 'exit'))[0]).toBe(0);
    },
  );

  it.each([
    [['--max-requests', '10'], /--max-requests: it needs --workers/],
    [['--max-rss', '1g'], /--max-rss: it needs --workers/],
    [['--worker-timeout', '5s'], /--worker-timeout: it needs --workers/],
    [['--pid-file', 'pid'], /--pid-file: it needs --workers/],
    [['--user', 'root'], /--user: it needs --workers/],
    [['--workers', '1', '--max-requests', '0'], /--max-requests: expected more than 0, found "0"/],
    [['--workers', '1', '--max-rss', 'much'], /--max-rss: expected a size/],
  ])('%s is refused in one line', async (flags, line) => {
    const cwd = folder({ 'app.mjs': APP });
    const { exitCode, stderr } = await tsgi(['serve', 'app.mjs', '--bind', '127.0.0.1:0', ...flags], { cwd });
    expect(exitCode).toBe(2);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(line);
  });
});
