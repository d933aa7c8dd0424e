import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { commandTable } from './command-line/command-table.ts';
import { CommandFailure, EXIT, usageError } from './command-line/failure.ts';
import { guardStandardStreams, logFailure, print } from './command-line/standard-streams.ts';

/**
 * The `tsgi` command.
 *
 * @param args without Node and the script.
 * @returns the exit code: 0 done, 1 a check failed, 2 usage, 3 could not start.
 */
export async function main(args: readonly string[]): Promise<number> {
  guardStandardStreams();
  try {
    return await dispatch(args);
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    if (!error.isTold) logFailure(error);
    // An application that listens by itself, as most of Express do, must not keep a command alive that serves nothing.
    const { endWithoutApp } = await import('./command-line/end-without-app.ts');
    endWithoutApp(0);
    return error.exitCode;
  }
}

async function dispatch(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === '--help' || name === '-h') {
    const { mainHelp } = await import('./command-line/help.ts');
    print(mainHelp());
    return EXIT.done;
  }
  if (name === '--version' || name === '-V') {
    const { version } = await import('./command-line/version.ts');
    print(`${version()}\n`);
    return EXIT.done;
  }
  const names = Object.keys(commandTable);
  if (name === undefined) throw usageError(`expected a command: ${names.join(', ')}; see tsgi --help`);
  const entry = Object.hasOwn(commandTable, name) ? commandTable[name] : undefined;
  if (entry === undefined) throw await unknownCommand(name, names);
  const { parseCommandLine } = await import('./command-line/parse-command-line.ts');
  const command = await entry.load();
  const invocation = parseCommandLine(name, command, rest);
  if (invocation.flags['help'] !== true) return command.run(invocation);
  const { commandHelp } = await import('./command-line/help.ts');
  print(await commandHelp(command, invocation.positionals.includes('all')));
  return EXIT.done;
}

/** What others have a command or another letter for. */
const FLAGS_MEANT: Readonly<Record<string, string>> = {
  help: 'tsgi --help',
  '-?': 'tsgi --help',
  version: 'tsgi --version',
  '-v': 'tsgi --version',
};

async function unknownCommand(name: string, names: readonly string[]): Promise<CommandFailure> {
  const { didYouMean } = await import('./command-line/did-you-mean.ts');
  // A module, or a flag of serve's: who comes from another server leaves the command out.
  const isModule = /\.[cm]?[jt]s(?::\w+)?$/.test(name);
  const flag = Object.hasOwn(FLAGS_MEANT, name) ? FLAGS_MEANT[name] : undefined;
  const meant = isModule ? `tsgi serve ${name}` : flag;
  const hint = meant === undefined ? didYouMean(name, names, (found) => `tsgi ${found}`) : `; did you mean ${meant}?`;
  return usageError(`unknown command "${name}"; expected ${names.join(', ')}${hint || '; see tsgi --help'}`);
}

/** `node dist/main.js` is the command, too. */
function isStartedItself(): boolean {
  const [, script = ''] = process.argv;
  return script.endsWith('main.js') && realpathSync(script) === fileURLToPath(import.meta.url);
}

if (isStartedItself()) {
  void main(process.argv.slice(2)).then((exitCode) => {
    if (exitCode !== 0) process.exitCode = exitCode;
  });
}
