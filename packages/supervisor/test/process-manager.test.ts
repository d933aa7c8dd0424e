import { setTimeout as delay } from 'node:timers/promises';
import { callApp } from '@tsgi/core/testing';
import { describe, expect, it } from 'vitest';
import { groupMembers, hasPerl, isRunning, managed } from './programs.ts';

const WAIT = { timeout: 20_000, interval: 20 };

/** The process that answered. */
function pidOf(answer: string): number {
  return Number(/^200 (\d+) /.exec(answer)?.[1]);
}

/** A program that was killed is among the manager's until it hears of that. */
function oldAndNew(before: readonly number[], now: readonly number[]): { old: number; new: number } {
  const old = now.filter((pid) => before.includes(pid)).length;
  return { old, new: now.length - old };
}

describe.skipIf(!hasPerl)('programs of somebody else', () => {
  it('answer requests with and without a body, on a socket of their own', async () => {
    const { manager, ask, runs } = managed();
    await manager.ready;
    expect(manager.pids).toHaveLength(2);
    expect(await ask('/a?b')).toBe(`200 ${runs().length === 1 ? manager.pids.at(-1) : ''} GET 0`);
    expect(await ask('/', { method: 'POST', body: 'x'.repeat(300_000) })).toMatch(/^200 \d+ POST 300000$/);
    expect(runs()).toEqual(['GET /a b', 'POST / ']);
  });

  it('answer as many requests at a time as there are programs, each one', async () => {
    const { manager, ask } = managed({ maxChildren: 3 });
    await manager.ready;
    const answers = await Promise.all(Array.from({ length: 9 }, () => ask('/sleep?50')));
    expect(new Set(answers.map(pidOf))).toEqual(new Set(manager.pids));
  });

  it('have what they say on standard output and error in the log, line by line', async () => {
    const { manager, lines, ask } = managed({ maxChildren: 1, env: ['START=say'] });
    await manager.ready;
    await ask('/noted');
    const said = ['program 1: hello on standard error', 'program 1: hello on standard output', 'program 1: noted'];
    await expect.poll(() => lines.toSorted(), WAIT).toEqual(said);
  });

  it('get little of the environment', async () => {
    process.env['SECRET_OF_THE_GATEWAY'] = 'x';
    const perl = 'print STDERR join(",", sort keys %ENV), "\\n"; exit 1';
    const { manager, lines } = managed({ command: ['perl', '-e', perl], mode: 'ondemand', env: ['EXTRA=1'] });
    void callApp(manager).catch(() => {});
    await expect.poll(() => lines.join('\n'), WAIT).toContain('EXTRA');
    delete process.env['SECRET_OF_THE_GATEWAY'];
    const names = /program 1: (.*)/.exec(lines.join('\n'))?.[1]?.split(',');
    // PWD and the like are the shell's.
    expect(names).toEqual(expect.arrayContaining(['EXTRA', 'PATH', 'RUNS']));
    expect(names).not.toContain('SECRET_OF_THE_GATEWAY');
    expect(names).not.toContain('HOME');
  });
});

describe.skipIf(!hasPerl)('a program that ends', () => {
  it.each(['/kill', '/fail'])(
    'within a request fails that one with 502 and no other, and is replaced: %s',
    async (path) => {
      const { manager, ask, runs, lines } = managed();
      await manager.ready;
      const before = manager.pids;
      const others = [ask('/sleep?100'), ask(path), ask('/sleep?100'), ask('/sleep?100')];
      const [first, second, ...rest] = await Promise.all(others);
      expect(second).toMatch(/^502 /);
      for (const answer of [first, ...rest]) expect(answer).toMatch(/^200 /);
      expect(
        runs().filter((run) => run.includes(path)),
        'it is not sent again',
      ).toHaveLength(1);
      await expect.poll(() => oldAndNew(before, manager.pids), WAIT).toEqual({ old: 1, new: 1 });
      expect(lines.join('\n')).toMatch(/program \d ended unexpectedly \((?:SIGKILL|exit code 7)\)/);
    },
  );

  it('within its answer cuts that', async () => {
    const { manager } = managed();
    await manager.ready;
    expect(await callApp(manager, { target: '/half' })).toMatchObject({
      status: '200 OK',
      text: 'half',
      complete: false,
    });
  });

  it('by itself without complaint has an idempotent request answered by another, and a POST by none', async () => {
    const { manager, ask, runs, lines } = managed();
    await manager.ready;
    await Promise.all([ask('/sleep?50'), ask('/sleep?50')]);
    expect(await ask('/exit', { method: 'POST' })).toMatch(/^502 /);
    expect(runs().filter((run) => run.startsWith('POST'))).toHaveLength(1);
    await expect.poll(() => manager.pids.length, WAIT).toBe(2);
    expect(lines).toEqual([]);
    expect(await ask('/close'), 'which closes a connection each time').toMatch(/^502 /);
    expect(runs().filter((run) => run === 'GET /close ')).toHaveLength(2);
  });

  it('after each request loses none, POST included: none of them was begun', async () => {
    const { manager, ask, runs, lines } = managed({ env: ['MOST=1'], maxChildren: 2 });
    await manager.ready;
    const all = Array.from({ length: 60 }, (_, index) => ask(`/n?${index}`, { method: 'POST', body: 'x' }));
    for (const answer of await Promise.all(all)) expect(answer).toMatch(/^200 \d+ POST 1$/);
    expect(runs().toSorted()).toEqual(all.map((_, index) => `POST /n ${index}`).toSorted());
    expect(lines).toEqual([]);
  });

  it('and leaves a child with its request: the answer is waited for, and nothing is sent twice', async () => {
    const { manager, ask, runs } = managed({ maxChildren: 1 });
    await manager.ready;
    const pid = manager.pids[0] ?? 0;
    expect(await ask('/fork', { method: 'POST' })).toMatch(/^200 \d+ POST 0$/);
    expect(runs()).toEqual(['POST /fork ']);
    await expect.poll(() => groupMembers([pid]), WAIT).toEqual([]);
  });

  it('is waited for no longer than its beginning may take, and none is started for nobody', async () => {
    const { manager, ask, lines } = managed({ mode: 'ondemand', env: ['START=exit'], queueTimeout: 400 });
    await manager.ready;
    const answer = await callApp(manager, { target: '/' });
    expect([answer.status, answer.headers]).toEqual([
      '503 Service Unavailable',
      expect.arrayContaining([['Retry-After', '1']]),
    ]);
    expect(lines).toContain('program 1: no database');
    expect(lines.join('\n')).toMatch(/program 1 ended before it was ready \(exit code 4\): next start in 0\.1 s/);
    expect(await ask('/')).toMatch(/^503 /);
    await expect.poll(() => manager.pids, WAIT).toEqual([]);
  });
});

describe.skipIf(!hasPerl)('a program that is busy', () => {
  it('beyond its limit is ended, however deaf, and its client has 504', async () => {
    const { manager, ask, lines } = managed({ maxChildren: 1, busyTimeout: 300 });
    await manager.ready;
    const [pid = 0] = manager.pids;
    expect(await ask('/loop')).toMatch(/^504 /);
    expect(lines).toEqual(['program 1 is busy for too long with GET /loop: it is ended']);
    expect(await ask('/')).toMatch(/^200 /);
    expect(isRunning(pid)).toBe(false);
  });

  it('gets no other request when its client has left, until it is free', async () => {
    const { manager, ask, runs } = managed({ maxChildren: 1 });
    await manager.ready;
    const client = new AbortController();
    const left = callApp(manager, { target: '/sleep?500', signal: client.signal }).catch(() => {});
    await expect.poll(runs, WAIT).toHaveLength(1);
    client.abort();
    await left;
    expect(await ask('/after')).toMatch(/^200 /);
    expect(runs()).toEqual(['GET /sleep 500', 'GET /after ']);
    expect(manager.pids).toHaveLength(1);
  });

  it('is ended when it is not free in time after its client has left', async () => {
    const { manager, ask, lines, runs } = managed({ maxChildren: 1, idleTimeout: 300 });
    await manager.ready;
    const client = new AbortController();
    const left = callApp(manager, { target: '/loop', signal: client.signal }).catch(() => {});
    await expect.poll(runs, WAIT).toHaveLength(1);
    client.abort();
    await left;
    expect(await ask('/after')).toMatch(/^200 /);
    expect(lines[0]).toBe('program 1 is not free 0.3 s after its request was over: it is ended');
  });

  it('has others wait, so many and so long, and then they have 503 with Retry-After', async () => {
    const { manager, ask } = managed({ maxChildren: 1, queue: 2, queueTimeout: 400 });
    await manager.ready;
    const answers = Array.from({ length: 4 }, () => ask('/sleep?700'));
    expect(await answers[3]).toMatch(/^503 /);
    expect(await answers[1]).toMatch(/^503 /);
    expect(await answers[0]).toMatch(/^200 /);
    expect(await answers[2]).toMatch(/^503 /);
  });
});

describe.skipIf(!hasPerl)('how many there are', () => {
  it('ondemand: none at rest, one for each need, and none again', async () => {
    const { manager, ask } = managed({ mode: 'ondemand', maxChildren: 4, processIdleTimeout: 2000 });
    await manager.ready;
    expect(manager.pids).toEqual([]);
    const one = new Set<number>();
    for (let request = 0; request < 3; request++) {
      one.add(pidOf(await ask('/')));
      // Its program is free when it has closed the connection, which is a little after the answer.
      await delay(150);
    }
    expect(one.size).toBe(1);
    const many = await Promise.all(Array.from({ length: 8 }, () => ask('/sleep?300')));
    expect(new Set(many.map(pidOf)).size).toBe(4);
    await expect.poll(() => manager.pids, WAIT).toEqual([]);
    expect(await ask('/')).toMatch(/^200 /);
  });

  it('dynamic: its spare ones are held', async () => {
    const { manager, ask } = managed({ mode: 'dynamic', maxChildren: 6, minSpare: 1, maxSpare: 2 });
    await manager.ready;
    expect(manager.pids).toHaveLength(1);
    const busy = Array.from({ length: 4 }, () => ask('/sleep?600'));
    await expect.poll(() => manager.pids.length, WAIT).toBe(5);
    await Promise.all(busy);
    await expect.poll(() => manager.pids.length, WAIT).toBe(2);
  });

  it('static: always as many, whatever they are killed by', async () => {
    const { manager, ask } = managed({ maxChildren: 3 });
    await manager.ready;
    const [pid = 0] = manager.pids;
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => isRunning(pid), WAIT).toBe(false);
    await expect.poll(() => oldAndNew([pid], manager.pids), WAIT).toEqual({ old: 0, new: 3 });
    expect(await ask('/')).toMatch(/^200 /);
  });

  it('are replaced after so many requests, each when its successor is there', async () => {
    const { manager, ask, lines } = managed({ maxChildren: 1, maxRequests: 5 });
    await manager.ready;
    const seen = new Set<number>();
    // It serves until its successor is there.
    for (let request = 0; request < 10_000 && seen.size < 3; request++) seen.add(pidOf(await ask('/')));
    expect(seen.size).toBe(3);
    expect(seen.has(Number.NaN)).toBe(false);
    expect(lines).toEqual([]);
  });

  it('are all replaced at a reload, and no request is lost', async () => {
    const { manager, ask, lines } = managed();
    await manager.ready;
    const before = manager.pids;
    const answers = Array.from({ length: 30 }, (_, index) => ask(`/sleep?${index}`));
    manager.reload();
    for (const answer of await Promise.all(answers)) expect(answer).toMatch(/^200 /);
    await expect.poll(() => lines, WAIT).toEqual(['the programs were replaced']);
    await expect.poll(() => oldAndNew(before, manager.pids), WAIT).toEqual({ old: 0, new: 2 });
  });
});

describe.skipIf(!hasPerl)('at the end', () => {
  it('a busy program has its grace, an idle one goes at once, and nothing is left', async () => {
    const { manager, ask, runs } = managed();
    await manager.ready;
    const { pids } = manager;
    expect(groupMembers(pids)).toHaveLength(2);
    const answer = ask('/sleep?400');
    await expect.poll(runs, WAIT).toHaveLength(1);
    await manager.close();
    expect(await answer).toMatch(/^200 /);
    expect(groupMembers(pids)).toEqual([]);
    expect(await ask('/')).toMatch(/^503 /);
  });

  it('a busy program that heeds nothing is killed after its grace', async () => {
    const { manager, ask, runs } = managed({ grace: 100 });
    await manager.ready;
    const { pids } = manager;
    const answer = ask('/loop');
    await expect.poll(runs, WAIT).toHaveLength(1);
    await manager.close();
    expect(await answer).toMatch(/^502 /);
    expect(groupMembers(pids)).toEqual([]);
  });
});

describe('what cannot be started', () => {
  it.each([
    [{ command: '' }, 'expected a program and its arguments, found none'],
    [{ command: [] }, 'expected a program and its arguments, found none'],
    [{ command: 'php-cgi "-d' }, 'a " has no end'],
    [{ command: 'no-such-program' }, 'no-such-program: not found in '],
    [{ command: './no-such-program' }, './no-such-program: not found'],
    [{ command: '/' }, '/: not a file'],
    [{ command: '/etc/passwd' }, '/etc/passwd: not executable; chmod +x lets it run'],
    [{ mode: 'sometimes' as 'static' }, 'mode: expected static, dynamic, ondemand, found sometimes'],
    [{ maxChildren: 0 }, 'maxChildren: expected a whole number above 0, found 0'],
    [{ maxChildren: Infinity }, 'maxChildren: expected a whole number above 0, found Infinity'],
    [{ minSpare: 1 }, 'minSpare: expected the mode dynamic, found static'],
    [
      { mode: 'dynamic' as const, processIdleTimeout: 1 },
      'processIdleTimeout: expected the mode ondemand, found dynamic',
    ],
    [
      { mode: 'dynamic' as const, minSpare: 4, maxSpare: 3, maxChildren: 9 },
      'minSpare: expected no more than maxSpare',
    ],
    [{ mode: 'dynamic' as const, maxSpare: 6, maxChildren: 5 }, 'maxSpare: expected no more than maxChildren'],
    [{ busyTimeout: '30s' as unknown as number }, 'busyTimeout: expected a number above 0'],
    [{ queue: -1 }, 'queue: expected a whole number of 0 or more, found -1'],
    [{ idleTimeout: Number.NaN }, 'idleTimeout: expected a number above 0'],
  ])('%j is refused', (options, message) => {
    expect(() => managed({ command: ['sh'], ...options })).toThrow(message);
  });

  it.each([
    ['ends at once', ['sh', '-c', 'exit 3'], {}, 'sh: it ended before it accepted a connection (exit code 3)'],
    ['ends well', ['true'], {}, 'true: it ended before it accepted a connection (exit code 0)'],
    [
      'never accepts',
      ['sleep', '1000'],
      { startTimeout: 200 },
      'sleep: it accepted no connection within 0.2 s, and was killed',
    ],
  ])('one that %s is said, and nothing is left', async (_, command, options, message) => {
    const { manager, lines, ask } = managed({ command, ...options });
    const { pids } = manager;
    await expect(manager.ready).rejects.toThrow(message);
    expect(await ask('/')).toMatch(/^503 /);
    await manager.close();
    expect(groupMembers(pids)).toEqual([]);
    expect(lines).toEqual([]);
  });
});
