import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';

const run = new URL('../bench/hosts/run.js', import.meta.url).pathname;

/** Whether hosts can be made here: `bench/hosts` asks the same, and says why not. */
function whyNot(): string | undefined {
  const { status, stderr } = spawnSync(process.execPath, [run, '--possible'], { encoding: 'utf8' });
  return status === 0 ? undefined : stderr.trim();
}

interface Lane {
  lane: string;
  sent: number;
  answered: number;
  sentAgain?: number;
  lostGets: number;
  lostPosts: number;
  postsTwice: number;
}

const why = whyNot();

// The whole of it, with figures, is `node bench/hosts/run.js`.
describe.skipIf(why !== undefined)(
  `three hosts behind each front end${why === undefined ? '' : `: skipped, ${why}`}`,
  () => {
    it.each(['killed', 'rolling'])(
      '%s: nothing is lost that could be answered, no POST is begun twice',
      (fault) => {
        const folder = mkdtempSync(join(tmpdir(), 'tsgi-several-'));
        onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
        const json = join(folder, 'found.json');
        const args = [run, '--only', fault, '--rate', '20', '--scale', '0.3', '--json', json];
        const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 120_000 });
        expect([status, stderr], stdout).toEqual([0, '']);
        const [found]: { lanes: Lane[] }[] = JSON.parse(readFileSync(json, 'utf8'));
        expect(found?.lanes.map(({ lane }) => lane)).toEqual([
          'nginx, HTTP',
          'nginx, FastCGI',
          'nginx, SCGI',
          'HAProxy, HTTP',
          'HAProxy, FastCGI',
          'tsgi gateway, FastCGI',
          'tsgi gateway, SCGI',
        ]);
        for (const { sent, answered, lostGets, lostPosts, postsTwice } of found?.lanes ?? []) {
          expect(sent).toBeGreaterThan(50);
          expect([lostGets, postsTwice]).toEqual([0, 0]);
          if (fault === 'rolling') expect(lostPosts).toBe(0);
          expect(answered).toBe(sent - lostPosts);
        }
      },
      130_000,
    );
  },
);
