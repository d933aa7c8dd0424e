import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { Deadline } from '@tsgi/core/clock';

const clock = fileURLToPath(new URL('../dist/clock.js', import.meta.url));

/** Runs a module with `Deadline` in a process of its own. */
function run(code: string): { status: number | null; stdout: string; stderr: string } {
  const text = `import { Deadline } from ${JSON.stringify(clock)};\n${code}`;
  return spawnSync(process.execPath, ['--expose-gc', '--input-type=module', '-e', text], {
    encoding: 'utf8',
    timeout: 15_000,
  });
}

test('Infinity and what no timer of Node can take never pass', async () => {
  const passed: string[] = [];
  const waits = [Infinity, 2 ** 31, 2 ** 40, Number.MAX_VALUE];
  const deadlines = waits.map((wait) => {
    const deadline = new Deadline(() => passed.push(String(wait)));
    deadline.in(wait);
    return deadline;
  });
  const extended = new Deadline(() => passed.push('extended'));
  extended.extend(1, Infinity);
  await new Promise<void>((resolve) => {
    new Deadline(() => {
      passed.push('the short one');
      resolve();
    }).in(20);
  });
  expect(passed).toEqual(['the short one']);
  expect([...deadlines, extended].map(({ pending }) => pending)).toEqual([false, true, true, true, false]);
  for (const deadline of deadlines) deadline.clear();
});

test('a long one wakes nobody for it: no overflow, no timer of 1 ms again and again', () => {
  const { stdout, stderr } = run(`
    let timers = 0;
    const original = globalThis.setTimeout;
    globalThis.setTimeout = (callback, wait) => { timers++; return original(callback, wait); };
    for (const wait of [2 ** 31, 2 ** 35, Infinity]) new Deadline(() => console.log('passed')).in(wait);
    original(() => console.log(timers), 100);
  `);
  expect(stderr).toBe('');
  expect(Number(stdout)).toBeLessThan(5);
});

test('a deadline that is moved on and on costs no timer each', () => {
  const { stdout } = run(`
    let timers = 0;
    const original = globalThis.setTimeout;
    globalThis.setTimeout = (callback, wait) => { timers++; return original(callback, wait); };
    const deadline = new Deadline(() => console.log('passed'));
    for (let turn = 0; turn < 100_000; turn++) {
      deadline.in(5_000);
      deadline.lift();
    }
    console.log(timers);
  `);
  expect(Number(stdout)).toBe(1);
});

test('the clock keeps no process alive', () => {
  const { status, stdout } = run(`new Deadline(() => console.log('passed')).in(3_600_000);`);
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
});

test('one that throws does not take the others along', () => {
  const { stdout, status } = run(`
    process.on('uncaughtException', ({ message }) => console.log(message));
    for (let index = 0; index < 4; index++) {
      new Deadline(() => {
        console.log(index);
        if (index % 2 === 0) throw new Error('thrown by ' + index);
      }).in(10);
    }
    setTimeout(() => {}, 200);
  `);
  expect(status).toBe(0);
  expect(stdout.trim().split('\n').toSorted()).toEqual(['0', '1', '2', '3', 'thrown by 0', 'thrown by 2']);
});

test('one that was cleared is kept by nothing', () => {
  const { stdout } = run(`
    const kept = [];
    for (let turn = 0; turn < 100; turn++) {
      const what = { turn };
      const deadline = new Deadline(() => console.log(what));
      kept.push(new WeakRef(what));
      deadline.in(3_600_000);
      deadline.clear();
    }
    setTimeout(() => {
      gc();
      console.log(kept.filter((reference) => reference.deref() !== undefined).length);
    }, 10);
  `);
  // The last one may still be in a register.
  expect(Number(stdout)).toBeLessThan(3);
});
