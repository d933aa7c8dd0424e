import { spawnSync } from 'node:child_process';
import { CommandFailure, EXIT } from '../command-line/failure.ts';

/**
 * Installs what a new application needs, with the package manager that started this command, or else npm.
 *
 * @throws CommandFailure (exit 1) where it failed; what it said of it is on standard error already.
 */
export function installPackages(folder: string, again: string): void {
  const manager = packageManager(process.env['npm_config_user_agent']);
  // What it says goes to standard error: standard output is what this command was asked to print.
  const { status, error } = spawnSync(manager, ['install'], { cwd: folder, stdio: ['inherit', 2, 2] });
  if (status === 0) return;
  const why = error === undefined ? `ended with ${status ?? 'a signal'}` : `could not be started: ${error.message}`;
  throw new CommandFailure(
    `${manager} install ${why}; the application is written, and can be installed by: ${again}`,
    EXIT.failed,
  );
}

/** `npm/10.9.2 node/v22.11.0 linux x64` is npm: every one of them says who it is to what it starts. */
export function packageManager(userAgent: string | undefined): string {
  const name = /^(npm|pnpm|yarn|bun)\//.exec(userAgent ?? '')?.[1];
  return name ?? 'npm';
}
