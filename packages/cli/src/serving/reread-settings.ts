import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { CommandFailure, usageError } from '../command-line/failure.ts';
import type { NamedServer } from '../settings/named-servers.ts';

/** Set in a process that is only to read the settings, and to send them. */
const READ_SETTINGS = 'TSGI_READ_SETTINGS';

const SCRIPT = fileURLToPath(new URL('../../bin/tsgi.js', import.meta.url));

type Answer = { readonly servers: readonly NamedServer[] } | { readonly failure: string };

/**
 * Flags, config file and variables as they are now. A process of its own reads them: this one would get the module of the config
 * file, and what that imports, as they were at the first time.
 *
 * @throws CommandFailure (exit 2) with what that process has to say.
 */
export async function rereadSettings(): Promise<readonly NamedServer[]> {
  const child = fork(SCRIPT, process.argv.slice(2), {
    env: { ...process.env, [READ_SETTINGS]: '1' },
    // Without JSON: a limit may be Infinity.
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const answer = await new Promise<Answer>((resolve) => {
    child.on('message', (message: object) => {
      if ('servers' in message || 'failure' in message) resolve(message as Answer);
    });
    child.on('error', (error) => resolve({ failure: error.message }));
    child.on('exit', (code) => resolve({ failure: `the settings could not be read (exit code ${code})` }));
  });
  if ('failure' in answer) throw usageError(answer.failure);
  return answer.servers;
}

/** The other half: sends what `read` finds. */
export async function sendSettings(read: () => Promise<readonly NamedServer[]>): Promise<number> {
  let answer: Answer;
  try {
    answer = { servers: await read() };
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    answer = { failure: error.message };
  }
  await new Promise<void>((resolve) => {
    process.send?.(answer, undefined, undefined, () => resolve());
  });
  if (process.connected) process.disconnect();
  return 0;
}
