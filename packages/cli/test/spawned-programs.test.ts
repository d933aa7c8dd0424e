import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { folder, freePort, get, HELLO, type Server, spawnTsgi, startTsgi, tsgi } from './command.ts';

const WAIT = { timeout: 20_000, interval: 50 };
const RESPONDER = `perl ${fileURLToPath(new URL('../../supervisor/test/programs/responder.pl', import.meta.url))}`;
const TSGI = fileURLToPath(new URL('../bin/tsgi.js', import.meta.url));

const hasPerl = works('perl', ['-MSocket', '-e', '1']);

function works(command: string, args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

interface Process {
  readonly pid: number;
  readonly ppid: number;
  readonly group: number;
  readonly args: string;
}

function processes(): Process[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,pgid=,args='], { encoding: 'utf8' }).split('\n');
  return lines.map((line) => {
    const [pid, ppid, group, ...args] = line.trim().split(/\s+/);
    return { pid: Number(pid), ppid: Number(ppid), group: Number(group), args: args.join(' ') };
  });
}

/** The programs, their guards, and what those have started. */
function startedBy(server: Server): number[] {
  return processes()
    .filter(({ ppid }) => ppid === server.child.pid)
    .map(({ pid }) => pid);
}

/** Those that still are there, in their groups; a zombie is gone but for whoever started it. */
function left(groups: readonly number[]): string[] {
  return processes()
    .filter(({ group, args }) => groups.includes(group) && !args.includes('<defunct>'))
    .map(({ pid, args }) => `${pid} ${args}`);
}

async function start(...args: string[]): Promise<Server> {
  return startTsgi(['gateway', '--bind', '127.0.0.1:0', ...args]);
}

describe.skipIf(!hasPerl)('tsgi gateway --spawn', () => {
  it('shows its programs in the metrics and on the status page', async () => {
    const metrics = await freePort();
    const server = await start(
      '--spawn',
      RESPONDER,
      '--mode',
      'static',
      '--max-children',
      '2',
      '--metrics',
      String(metrics),
    );
    await get(server.port, '/');
    const status = async (): Promise<{
      programs: Record<string, unknown>[];
      crashed: number;
      ended: number;
      waiting: number;
    }> => JSON.parse((await get(metrics, '/status.json')).split('\r\n\r\n')[1] ?? '').programs;
    const { programs } = await status();
    expect(programs).toMatchObject([{ state: 'idle' }, { state: 'idle' }]);
    expect(programs.map(({ requests }) => requests).toSorted()).toEqual([0, 1]);
    const first = Number(programs[0]?.['pid']);
    process.kill(first, 'SIGKILL');
    await expect.poll(async () => (await status()).crashed, WAIT).toBe(1);
    await expect
      .poll(async () => (await status()).programs.filter(({ state }) => state === 'idle').length, WAIT)
      .toBe(2);
    const figures = await get(metrics, '/metrics');
    for (const line of [
      'tsgi_programs{state="idle"} 2',
      'tsgi_programs{state="busy"} 0',
      'tsgi_program_requests_waiting 0',
      'tsgi_program_ends_total{reason="crash"} 1',
      'tsgi_program_ends_total{reason="retired"} 0',
    ]) {
      expect(figures).toContain(`${line}\n`);
    }
    expect(figures).not.toContain('tsgi_target_');
    server.child.kill('SIGHUP');
    await expect.poll(async () => (await status()).ended, WAIT).toBe(2);
    expect(await server.stop()).toBe(0);
  });

  it('says what it serves, and answers', async () => {
    const server = await start('--spawn', RESPONDER, '--mode', 'static', '--max-children', '2');
    expect(server.stderr()).toMatch(/^tsgi: serving perl .*responder\.pl \(static, 2\) on http:/);
    expect(await get(server.port, '/a?b', 'POST')).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\d+ POST 0$/);
    expect(await server.stop()).toBe(0);
  });

  it('finds the programs below --root, and sends the other files with --static', async () => {
    const root = folder({ 'a.php': '', 'b.txt': 'plain' });
    const server = await start('--spawn', RESPONDER, '--root', root, '--static');
    expect(await get(server.port, '/a.php')).toMatch(/\d+ GET 0$/);
    expect(await get(server.port, '/b.txt')).toMatch(/plain$/);
    expect(await get(server.port, '/c.php')).toMatch(/^HTTP\/1\.1 404 /);
    expect(await server.stop()).toBe(0);
  });

  it('replaces the programs at SIGHUP', async () => {
    const server = await start('--spawn', RESPONDER);
    const pid = /(\d+) GET/.exec(await get(server.port, '/'))?.[1];
    server.child.kill('SIGHUP');
    await expect.poll(() => server.stderr(), WAIT).toContain('tsgi: the programs were replaced\n');
    expect(/(\d+) GET/.exec(await get(server.port, '/'))?.[1]).not.toBe(pid);
    expect(await server.stop()).toBe(0);
  });

  it.each<[NodeJS.Signals]>([['SIGTERM'], ['SIGINT']])(
    'answers what runs at %s, and leaves nothing',
    async (signal) => {
      const server = await start('--spawn', RESPONDER, '--mode', 'static', '--max-children', '2');
      const groups = startedBy(server);
      expect(groups).toHaveLength(4);
      const answer = get(server.port, '/sleep?600');
      await new Promise((resolve) => setTimeout(resolve, 200));
      const ended = once(server.child, 'close');
      server.child.kill(signal);
      expect(await answer).toMatch(/^HTTP\/1\.1 200 /);
      expect(await ended).toEqual([0, null]);
      expect(left(groups)).toEqual([]);
    },
  );

  it('ends at once at a second signal, however busy and deaf a program is', async () => {
    const server = await start('--spawn', RESPONDER, '--grace', '60s');
    const groups = startedBy(server);
    const answer = get(server.port, '/loop').catch(() => 'cut');
    await new Promise((resolve) => setTimeout(resolve, 200));
    const ended = once(server.child, 'close');
    server.child.kill('SIGTERM');
    await expect.poll(() => server.stderr(), WAIT).toContain('closing');
    server.child.kill('SIGTERM');
    await ended;
    await answer;
    expect(left(groups)).toEqual([]);
  });

  it('leaves nothing when it is killed, however busy and deaf a program is', async () => {
    const server = await start('--spawn', RESPONDER, '--mode', 'static', '--max-children', '2');
    const groups = startedBy(server);
    const answer = get(server.port, '/loop').catch(() => 'cut');
    await new Promise((resolve) => setTimeout(resolve, 200));
    server.child.kill('SIGKILL');
    await answer;
    await expect.poll(() => left(groups), WAIT).toEqual([]);
  });

  it('leaves nothing when its address is taken', async () => {
    const server = await start('--spawn', RESPONDER);
    const before = processes().filter(({ args }) => args.includes('responder.pl')).length;
    const { exitCode, stderr } = await tsgi(['gateway', '--bind', `127.0.0.1:${server.port}`, '--spawn', RESPONDER]);
    expect([exitCode, stderr]).toEqual([3, expect.stringMatching(/^tsgi: [^\n]*in use[^\n]*\n$/)]);
    await expect
      .poll(() => processes().filter(({ args }) => args.includes('responder.pl')).length, WAIT)
      .toBeLessThanOrEqual(before);
    expect(await server.stop()).toBe(0);
  });
});

it.each(['static', 'dynamic', 'ondemand'])('serves an application of ours as a program: %s', async (mode) => {
  const cwd = folder({ 'app.mjs': HELLO });
  const command = `'${process.execPath}' ${TSGI} serve app.mjs`;
  const args = ['gateway', '--bind', '127.0.0.1:0', '--spawn', command, '--mode', mode, '--max-children', '2'];
  const server = await startTsgi(args, { cwd });
  const answers = await Promise.all(Array.from({ length: 6 }, () => get(server.port, '/x', 'POST')));
  for (const answer of answers) expect(answer).toMatch(/hello POST \|\/x\n$/);
  const groups = startedBy(server);
  expect(groups.length).toBeGreaterThan(0);
  expect(await server.stop()).toBe(0);
  expect(left(groups)).toEqual([]);
});

describe('what makes no sense', () => {
  it.each<[string[], number, RegExp]>([
    [['--spawn', 'no-such-program'], 3, /^--spawn: no-such-program: not found in /],
    [['--spawn', '/etc/passwd'], 3, /^--spawn: \/etc\/passwd: not executable; chmod \+x lets it run$/],
    [['--spawn', 'true'], 3, /^--spawn: true: it ended before it accepted a connection \(exit code 0\)$/],
    [['--spawn', "sh -c 'exit 9'"], 3, /^--spawn: sh: it ended before [^\n]* \(exit code 9\)$/],
    [
      ['--spawn', 'sleep 99', '--start-timeout', '300ms'],
      3,
      /^--spawn: sleep: it accepted no connection within 0\.3 s/,
    ],
    [['--spawn', "sh 'x"], 2, /^--spawn: the command of the programs: a ' has no end/],
    [['--spawn', ' '], 2, /^--spawn: the command of the programs: expected a program/],
    [['--spawn', 'sh', '--to', 'fcgi://127.0.0.1:9'], 2, /^--spawn and --to: expected one of them$/],
    [['--spawn', 'sh', '--pool', '2'], 2, /^--pool: --spawn cannot obey it; it is for fcgi$/],
    [['--spawn', 'sh', '--connect-timeout', '2s'], 2, /^--connect-timeout: --spawn cannot obey it/],
    [['--spawn', 'sh', '--mode', 'on-demand'], 2, /^--mode: expected static, dynamic or ondemand.*mean ondemand\?$/],
    [
      ['--spawn', 'sh', '--mode', 'static', '--min-spare', '1'],
      2,
      /^--min-spare: expected the mode dynamic, found static$/,
    ],
    [['--spawn', 'sh', '--process-idle-timeout', '1s'], 2, /^--process-idle-timeout: expected the mode ondemand/],
    [['--spawn', 'sh', '--max-spare', '9'], 2, /^--max-spare: expected no more than maxChildren, which is 5, found 9$/],
    [['--spawn', 'sh', '--max-children', '0'], 2, /^--max-children: expected a whole number above 0, found 0$/],
    [['--spawn', 'sh', '--busy-timeout', '0'], 2, /^--busy-timeout: expected a duration above 0, found 0$/],
    [['--spawn', 'sh', '--backend', 'cgi'], 2, /^--spawn: a CGI program has one request/],
    [
      ['--to', 'fcgi://127.0.0.1:9', '--max-children', '2'],
      2,
      /^--max-children: --to fcgi cannot obey it; it is for --spawn$/,
    ],
    [['--to', 'cgi', '--root', '.', '--mode', 'static'], 2, /^--mode: --to cgi cannot obey it; it is for --spawn$/],
    [['--spawn', 'sh', '--root', '/no/such/folder'], 3, /^--root \/no\/such\/folder: /],
    [['--spawn', 'sh', '--extension', '.lua'], 2, /^--extension needs --root/],
  ])('%j ends with one line', async (args, exitCode, line) => {
    const bind = args.includes('--backend') ? [] : ['--bind', '127.0.0.1:0'];
    const ended = await tsgi(['gateway', ...bind, ...args]);
    expect([ended.exitCode, ended.stdout]).toEqual([exitCode, '']);
    expect(ended.stderr).toMatch(/^tsgi: [^\n]+\n$/);
    expect(ended.stderr.slice('tsgi: '.length).trim()).toMatch(line);
  });

  it('--print-config says what holds, and starts nothing', async () => {
    const { exitCode, stdout } = await tsgi([
      'gateway',
      '--spawn',
      'no-such-program',
      '--mode',
      'static',
      '--print-config',
    ]);
    expect(exitCode).toBe(0);
    const config: unknown = JSON.parse(stdout);
    expect(config).toMatchObject({ spawn: 'no-such-program', mode: 'static', maxChildren: 5, queue: 100 });
    expect(config).not.toHaveProperty('minSpare');
    expect(config).not.toHaveProperty('processIdleTimeout');
  });

  it('what the program says of it comes before', async () => {
    const { exitCode, stderr } = await tsgi([
      'gateway',
      '--bind',
      '127.0.0.1:0',
      '--spawn',
      "sh -c 'echo no database; exit 9'",
    ]);
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/^tsgi: program 1: no database\ntsgi: --spawn: sh: it ended [^\n]*\n$/);
  });

  it('a signal while programs start ends it, and them', async () => {
    const child = spawnTsgi(['gateway', '--bind', '127.0.0.1:0', '--spawn', 'sleep 97']);
    const mine = (): Process[] => processes().filter(({ args, ppid }) => args === 'sleep 97' && ppid === child.pid);
    await expect.poll(mine, WAIT).toHaveLength(1);
    const groups = mine().map(({ pid }) => pid);
    child.kill('SIGTERM');
    await once(child, 'close');
    await expect.poll(() => left(groups), WAIT).toEqual([]);
  });
});
