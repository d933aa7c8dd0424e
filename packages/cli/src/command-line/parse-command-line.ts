import { parseArgs, type ParseArgsConfig } from 'node:util';
import type { Command, Invocation } from './command.ts';
import { firstLine, usageError } from './failure.ts';

/** @throws CommandFailure (exit 2) for an unknown flag, and for one without its value. */
export function parseCommandLine(name: string, command: Command, args: readonly string[]): Invocation {
  const options: NonNullable<ParseArgsConfig['options']> = { help: { type: 'boolean', short: 'h' } };
  for (const [flag, { placeholder, short, multiple }] of Object.entries(command.flags)) {
    options[flag] = {
      type: placeholder === undefined ? 'boolean' : 'string',
      multiple: multiple ?? false,
      ...(short === undefined ? undefined : { short }),
    };
  }
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options,
      allowPositionals: true,
      allowNegative: true,
    });
    return { flags: values, positionals };
  } catch (error) {
    // Node goes on to explain how to pass such a word as a positional argument.
    const sentence = firstLine(error).split(/\.(?: (?=[A-Z])|$)/, 1)[0];
    throw usageError(`${sentence}; see tsgi ${name} --help`);
  }
}
