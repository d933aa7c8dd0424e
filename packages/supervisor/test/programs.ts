import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { callApp, type TestRequest } from '@tsgi/core/testing';
import { afterEach } from 'vitest';
import { type ProcessManager, processManager, type ProcessManagerOptions } from '../src/index.ts';

/** A program of somebody else's: Perl alone, and nothing of this repository. */
export const RESPONDER: readonly string[] = ['perl', fileURLToPath(new URL('programs/responder.pl', import.meta.url))];

/** Perl is on most systems, but not on all. */
export const hasPerl: boolean = works('perl', ['-MSocket', '-e', '1']);

const managers: ProcessManager[] = [];
const folders: string[] = [];

afterEach(async () => {
  for (const manager of managers.splice(0)) await manager.close({ grace: 0 });
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A manager that is closed with the test, what it logs, and what its programs began with. */
export interface Managed {
  readonly manager: ProcessManager;
  readonly lines: string[];
  /** One line for each request that a program has begun with: `GET /path query`. */
  runs(): string[];
  /** Status and text of an answer: `200 123 GET 0`. */
  ask(target: string, request?: TestRequest): Promise<string>;
}

/** @param env for the program; see `programs/responder.pl`. */
export function managed(options: Partial<ProcessManagerOptions> = {}): Managed {
  const folder = mkdtempSync(join(tmpdir(), 'tsgi-runs-'));
  folders.push(folder);
  const file = join(folder, 'runs');
  writeFileSync(file, '');
  const lines: string[] = [];
  const { env = [], ...others } = options;
  const manager = processManager({
    command: RESPONDER,
    mode: 'static',
    maxChildren: 2,
    log: (line) => void lines.push(line),
    env: [`RUNS=${file}`, ...env],
    ...others,
  });
  managers.push(manager);
  return {
    manager,
    lines,
    runs: () => readFileSync(file, 'utf8').split('\n').slice(0, -1),
    async ask(target, call = {}) {
      const { status, text } = await callApp(manager, { target, ...call });
      return `${status.slice(0, 3)} ${text.trim()}`;
    },
  };
}

/** Whether a process is there, and no zombie. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code !== 'ESRCH' && error.code !== 'ENOENT';
  }
}

/** The process groups' members, guards included. */
export function groupMembers(pids: readonly number[]): string[] {
  const all = execFileSync('ps', ['-A', '-o', 'pid=,pgid=,args='], { encoding: 'utf8' }).split('\n');
  return all.filter((line) => pids.includes(Number(line.trim().split(/\s+/)[1])));
}

function works(command: string, args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
