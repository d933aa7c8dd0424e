import { spawnSync } from 'node:child_process';
import { closeSync, constants, mkdirSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { exchange, folder, get, HELLO, startTsgi } from './command.ts';

const HTTP = ['--bind', '127.0.0.1:0'];
const soon = { timeout: 20_000, interval: 20 };

const count = (text: string, what: RegExp): number => text.match(what)?.length ?? 0;

describe('an access log that cannot be written', () => {
  it.each([
    ['a full disk', () => '/dev/full', /ENOSPC/g],
    ['a missing folder', (cwd: string) => join(cwd, 'missing/access.log'), /there is no folder/g],
    ['a folder', (cwd: string) => cwd, /EISDIR/g],
    [
      'a FIFO that nobody reads',
      (cwd: string) => {
        spawnSync('mkfifo', [join(cwd, 'fifo')]);
        return join(cwd, 'fifo');
      },
      /ENXIO/g,
    ],
  ])('%s: said once, and requests go on', async (what, place, said) => {
    const cwd = folder({ 'app.js': HELLO });
    const server = await startTsgi(['serve', 'app.js', ...HTTP, '--access-log-file', place(cwd)], { cwd });
    // What cannot be opened is said at the start, before anybody asks for anything.
    if (what !== 'a full disk') expect(count(server.stderr(), said)).toBe(1);
    await get(server.port, '/1');
    await expect.poll(() => count(server.stderr(), said), soon).toBe(1);
    for (let asked = 0; asked < 30; asked++) expect(await get(server.port, '/2')).toContain('hello GET');
    expect(await server.stop()).toBe(0);
    expect(count(server.stderr(), said)).toBe(1);
  });

  it('goes on when it can be, and says how many lines are missing', async () => {
    const cwd = folder({ 'app.js': HELLO });
    const file = join(cwd, 'logs/access.log');
    const flags = [...HTTP, '--access-log-file', file, '--metrics', 'unix:metrics'];
    const server = await startTsgi(['serve', 'app.js', ...flags], { cwd });
    for (let asked = 0; asked < 3; asked++) await get(server.port, '/lost');
    const figures = 'GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
    await expect
      .poll(() => exchange({ path: join(cwd, 'metrics') }, figures), soon)
      .toMatch(/^tsgi_access_log_lost_lines_total 3$/m);
    expect(count(server.stderr(), /lines are left out/g)).toBe(1);
    mkdirSync(join(cwd, 'logs'));
    await expect
      .poll(async () => {
        await get(server.port, '/found');
        return server.stderr();
      }, soon)
      .toContain('it is written again');
    await server.stop();
    const written = count(readFileSync(file, 'utf8'), /\n/g);
    const [, missing = ''] = /written again; (\d+) lines are missing/.exec(server.stderr()) ?? [];
    expect(Number(missing)).toBeGreaterThanOrEqual(3);
    expect(written).toBeGreaterThan(0);
  });

  it('a reader that stands still costs no request and no memory', async () => {
    const cwd = folder({ 'app.js': HELLO });
    // Standard output is a pipe that this test does not read until the end.
    const server = await startTsgi(['serve', 'app.js', ...HTTP, '--access-log-file', '-'], { cwd });
    server.child.stdout?.pause();
    const target = `/${'y'.repeat(7000)}`;
    for (let round = 0; round < 30; round++) {
      const answers = await Promise.all(Array.from({ length: 20 }, () => get(server.port, target)));
      expect(answers.every((answer) => answer.includes('hello GET'))).toBe(true);
    }
    await expect.poll(server.stderr, soon).toContain('it does not take lines as fast as they come');
    expect(count(server.stderr(), /lines are left out/g)).toBe(1);
    expect(await server.stop()).toBe(0);
  });

  it.runIf(process.platform === 'linux')(
    'opened anew again and again while it takes nothing: no descriptor is lost',
    async () => {
      const cwd = folder({ 'app.js': HELLO });
      const fifo = join(cwd, 'fifo');
      spawnSync('mkfifo', [fifo]);
      const reader = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
      onTestFinished(() => closeSync(reader));
      const server = await startTsgi(['serve', 'app.js', ...HTTP, '--access-log-file', fifo], { cwd });
      const onIt = (): number =>
        readdirSync(`/proc/${server.child.pid}/fd`).filter((fd) => {
          try {
            return readlinkSync(`/proc/${server.child.pid}/fd/${fd}`) === fifo;
          } catch {
            return false;
          }
        }).length;
      // More than a pipe holds.
      const target = `/${'y'.repeat(7000)}`;
      for (let asked = 0; asked < 30; asked++) await get(server.port, target);
      await delay(300);
      for (let time = 0; time < 20; time++) {
        server.child.kill('SIGUSR1');
        expect(await get(server.port, '/')).toContain('hello GET');
      }
      // The one that is written to, and the one for what comes next.
      expect(onIt()).toBeLessThanOrEqual(2);
      const read = Buffer.alloc(1_048_576);
      await expect
        .poll(() => {
          try {
            readSync(reader, read);
          } catch {
            // Nothing yet.
          }
          return onIt();
        }, soon)
        .toBe(1);
      expect(await server.stop()).toBe(0);
    },
  );
});
