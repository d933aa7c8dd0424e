import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Ends what was started, in the reverse order. */
export class Cleanup {
  readonly #steps: (() => Promise<void> | void)[] = [];

  add(step: () => Promise<void> | void): void {
    this.#steps.unshift(step);
  }

  async run(): Promise<void> {
    for (const step of this.#steps.splice(0)) await step();
  }
}

/** A folder that every user can read and write, gone at the end. */
export function openFolder(cleanup: Cleanup): string {
  const folder = mkdtempSync(join(tmpdir(), 'tsgi-e2e-run-'));
  chmodSync(folder, 0o777);
  cleanup.add(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Ports that were handed out: what is to listen on one may not yet. */
const taken = new Set<number>();

/** A loopback port that was free a moment ago, and that nobody here has got. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = await unusedPort();
    if (taken.has(port)) continue;
    taken.add(port);
    return port;
  }
}

async function unusedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** A process under test, with all that it wrote. */
export interface Running {
  readonly child: ChildProcess;
  output(): string;
}

/** Starts a server in the foreground; it is ended at clean-up, by its own pid. */
export function start(
  cleanup: Cleanup,
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; detached?: boolean } = {},
): Running {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  let output = '';
  const keep = (chunk: Buffer): void => {
    output += chunk.toString();
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  child.on('error', (error) => {
    output += `${command}: ${error.message}\n`;
  });
  cleanup.add(async () => {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    const killer = setTimeout(() => child.kill('SIGKILL'), 5000);
    await exit;
    clearTimeout(killer);
  });
  return { child, output: () => output };
}

/** Waits until something listens; says what the process wrote when nothing does, or when it has ended. */
export async function untilListening(port: number, running: Running): Promise<void> {
  await until(
    () => {
      if (running.child.exitCode !== null) throw new Error(`it has ended: ${running.output()}`);
      return accepts(port);
    },
    () => `nothing listens on ${port}: ${running.output()}`,
  );
}

export async function until(condition: () => boolean | Promise<boolean>, complaint: () => string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (await condition()) return;
    await sleep(50);
  }
  throw new Error(complaint());
}
