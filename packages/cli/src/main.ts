import { commandTable } from './command-line/command-table.ts';
import { CommandFailure, EXIT, usageError } from './command-line/failure.ts';

/**
 * The `tsgi` command.
 *
 * @param args without Node and the script.
 * @returns the exit code: 0 done, 1 a check failed, 2 usage, 3 could not start.
 */
export async function main(args: readonly string[]): Promise<number> {
  try {
    return await dispatch(args);
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    process.stderr.write(`tsgi: ${error.message.replaceAll(/\s*\n\s*/g, ' ')}\n`);
    return error.exitCode;
  }
}

async function dispatch(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === '--help' || name === '-h') {
    const { mainHelp } = await import('./command-line/help.ts');
    process.stdout.write(mainHelp());
    return EXIT.done;
  }
  if (name === '--version' || name === '-V') {
    const { version } = await import('./command-line/version.ts');
    process.stdout.write(`${version()}\n`);
    return EXIT.done;
  }
  const names = Object.keys(commandTable).join(', ');
  if (name === undefined) throw usageError(`expected a command: ${names}; see tsgi --help`);
  const entry = Object.hasOwn(commandTable, name) ? commandTable[name] : undefined;
  if (entry === undefined) throw usageError(`unknown command "${name}"; expected ${names}; see tsgi --help`);
  const { parseCommandLine } = await import('./command-line/parse-command-line.ts');
  const command = await entry.load();
  const invocation = parseCommandLine(name, command, rest);
  if (invocation.flags['help'] !== true) return command.run(invocation);
  const { commandHelp } = await import('./command-line/help.ts');
  process.stdout.write(commandHelp(command));
  return EXIT.done;
}
