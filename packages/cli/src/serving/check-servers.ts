import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { EXIT } from '../command-line/failure.ts';
import { WORKER_SERVER } from './worker.ts';

const SCRIPT = fileURLToPath(new URL('../../bin/tsgi.js', import.meta.url));

/**
 * Checks each of these servers in a process of its own, one after another: each may become another user, and none is to see what
 * the application of another one leaves behind.
 *
 * @returns the exit code of the first that cannot start.
 */
export async function checkServers(names: readonly string[]): Promise<number> {
  let exitCode: number = EXIT.done;
  for (const name of names) {
    const child = fork(SCRIPT, process.argv.slice(2), {
      env: { ...process.env, [WORKER_SERVER]: name },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const [code] = await once(child, 'exit');
    if (exitCode === EXIT.done) exitCode = code ?? EXIT.failed;
  }
  return exitCode;
}
