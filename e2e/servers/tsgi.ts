import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Cleanup, type Running, start, until } from './process.ts';

/** The command, as an operator starts it. */
export async function startTsgi(
  cleanup: Cleanup,
  staged: string,
  args: readonly string[],
  socket?: string,
): Promise<Running> {
  const running = start(cleanup, process.execPath, [join(staged, 'packages/cli/bin/tsgi.js'), ...args], {
    cwd: staged,
  });
  await until(
    () => running.output().includes('\n') && (socket === undefined || existsSync(socket)),
    () => `tsgi ${args.join(' ')}: ${running.output()}`,
  );
  if (running.child.exitCode !== null) throw new Error(`tsgi ${args.join(' ')}: ${running.output()}`);
  if (socket !== undefined) chmodSync(socket, 0o666);
  return running;
}
