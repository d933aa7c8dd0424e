import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Cleanup, freePort, openFolder, type Running, untilListening } from './servers/process.ts';
import { startTsgi } from './servers/tsgi.ts';

const here = (name: string): string => fileURLToPath(new URL(`fastcgi/${name}`, import.meta.url));

/** The programs, each with the process manager's flags, and how they are asked to note and to sleep. */
interface Program {
  readonly name: string;
  flags(folder: string): string[];
  readonly note: string;
  readonly sleep: string;
  /** Milliseconds between two kills: more than it needs to start. */
  readonly kill: number;
}

const programs: readonly Program[] = [
  {
    name: 'php-cgi',
    flags: (folder) => ['--spawn', 'php-cgi', '--root', folder],
    note: '/server.php?note=',
    sleep: '/server.php?sleep',
    kill: 100,
  },
  { name: 'Go', flags: (folder) => ['--spawn', join(folder, 'go-server')], note: '/note/', sleep: '/sleep', kill: 100 },
  { name: 'Perl', flags: () => ['--spawn', `perl ${here('server.pl')}`], note: '/note/', sleep: '/sleep', kill: 100 },
  {
    name: 'tsgi serve',
    flags: () => [
      '--spawn',
      `'${process.execPath}' ${join(inject('staged'), 'packages/cli/bin/tsgi.js')} serve ${join(inject('staged'), 'e2e/fastcgi/server.js')}`,
    ],
    note: '/note/',
    sleep: '/sleep',
    kill: 1000,
  },
];

/** Programs of the gateway, without their guards. */
function programsOf(gateway: Running): number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,comm='], { encoding: 'utf8' }).split('\n');
  return lines
    .map((line) => line.trim().split(/\s+/))
    .filter(([, ppid, name]) => Number(ppid) === gateway.child.pid && name !== 'sh')
    .map(([pid]) => Number(pid));
}

function groupsLeft(pids: readonly number[]): string[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pgid=,args='], { encoding: 'utf8' }).split('\n');
  return lines.filter((line) => pids.includes(Number(line.trim().split(/\s+/)[0])) && !line.includes('<defunct>'));
}

const shared = new Cleanup();
let folder: string;

beforeAll(() => {
  folder = openFolder(shared);
  copyFileSync(here('server.php'), join(folder, 'server.php'));
  const env = { ...process.env, CGO_ENABLED: '0', GO111MODULE: 'off', GOFLAGS: '' };
  const built = spawnSync('go', ['build', '-o', join(folder, 'go-server'), here('server.go')], { env });
  if (built.status !== 0) throw new Error(`go build: ${String(built.stderr)}`);
}, 120_000);
afterAll(() => shared.run());

describe.each(programs)('$name under tsgi gateway --spawn', ({ name, flags, note, sleep, kill }) => {
  describe.each(['static', 'dynamic', 'ondemand'])('%s', (mode) => {
    const cleanup = new Cleanup();
    let gateway: Running;
    let url: string;
    let notes: string;

    beforeAll(async () => {
      const port = await freePort();
      notes = join(folder, `notes-${name.replace(/\W/g, '')}-${mode}`);
      writeFileSync(notes, '');
      const idle = mode === 'ondemand' ? ['--process-idle-timeout', '500ms'] : [];
      const spare = mode === 'dynamic' ? ['--min-spare', '1', '--max-spare', '2'] : [];
      const args = ['gateway', ...flags(folder), '--mode', mode, '--max-children', '3', ...idle, ...spare];
      gateway = await startTsgi(cleanup, inject('staged'), [
        ...args,
        '--env',
        `NOTES=${notes}`,
        '--bind',
        `127.0.0.1:${port}`,
      ]);
      // A program may have said something before.
      await untilListening(port, gateway);
      url = `http://127.0.0.1:${port}`;
    });
    afterAll(() => cleanup.run());

    it('has as many as it should before the first request', () => {
      expect(programsOf(gateway)).toHaveLength({ static: 3, dynamic: 1, ondemand: 0 }[mode] ?? -1);
    });

    it('answers a POST', async () => {
      const answer = await fetch(`${url}${note}first`, { method: 'POST', body: 'x'.repeat(200_000) });
      expect([answer.status, await answer.text()]).toEqual([200, expect.stringMatching(/^\d+ POST 200000$/)]);
      expect(readFileSync(notes, 'utf8')).toBe('POST first\n');
    });

    it('answers many at a time by as many programs as it may have', async () => {
      const answers = await Promise.all(Array.from({ length: 9 }, async () => (await fetch(url + sleep)).text()));
      for (const answer of answers) expect(answer).toMatch(/^\d+ GET 0$/);
      expect(new Set(answers.map((answer) => answer.split(' ')[0])).size).toBe(3);
    });

    it('loses nothing but what is inside a program that is killed, and sends no POST twice', async () => {
      writeFileSync(notes, '');
      const killer = setInterval(() => {
        const [pid] = programsOf(gateway).toSorted(() => Math.random() - 0.5);
        if (pid !== undefined) process.kill(pid, 'SIGKILL');
      }, kill);
      const failed: string[] = [];
      const lane = async (name: string): Promise<void> => {
        for (let count = 0; count < 60; count++) {
          const method = count % 2 === 0 ? 'POST' : 'GET';
          const answer = await fetch(`${url}${note}${name}${count}`, { method });
          await answer.text();
          if (answer.status !== 200) failed.push(`${method} ${name}${count} ${answer.status}`);
        }
      };
      await Promise.all(['a', 'b', 'c', 'd'].map(lane));
      clearInterval(killer);
      const begun = readFileSync(notes, 'utf8').split('\n').slice(0, -1);
      const posts = begun.filter((line) => line.startsWith('POST'));
      expect(new Set(posts).size, 'no POST runs twice').toBe(posts.length);
      // Each kill can take one request along, and nothing else fails.
      const kills =
        gateway.output().match(/ended unexpectedly \(SIGKILL\)|ended before it was ready \(SIGKILL\)/g) ?? [];
      expect(failed.length).toBeLessThanOrEqual(kills.length);
      for (const line of failed) expect(line).toMatch(/ 502$/);
    }, 60_000);

    it('comes to rest as its mode says', async () => {
      const expected = { static: 3, dynamic: 2, ondemand: 0 }[mode] ?? -1;
      await expect.poll(() => programsOf(gateway).length, { timeout: 20_000 }).toBe(expected);
    });

    it('leaves nothing', async () => {
      await fetch(`${url}${note}last`);
      const pids = programsOf(gateway);
      expect(pids.length).toBeGreaterThan(0);
      await cleanup.run();
      expect(groupsLeft(pids)).toEqual([]);
    });
  });
});
