import { parseArgs, type ParseArgsConfig } from 'node:util';
import type { Command, Invocation } from './command.ts';
import { didYouMean } from './did-you-mean.ts';
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
    const complaint = complaintOf(firstLine(error), args, name, command);
    throw usageError(`${complaint}${complaint.endsWith('?') ? ' See' : '; see'} tsgi ${name} --help`);
  }
}

/** What Node found, as the rest of the command says it. */
function complaintOf(message: string, args: readonly string[], name: string, command: Command): string {
  const [, unknown] = /^Unknown option '([^']{1,500})'/.exec(message) ?? [];
  if (unknown !== undefined) return `unknown option ${unknown}${hintFor(unknown, args, name, command)}`;
  const [, given = '', trouble] =
    /^Option '(?:-\w, )?(--?[\w-]+)'? ?(?:<value>' ?)?(argument missing|argument is ambiguous|does not take an argument)/.exec(
      message,
    ) ?? [];
  const long = Object.keys(command.flags).find((flag) => given === `-${command.flags[flag]?.short}`);
  const flag = long === undefined ? given : `--${long}`;
  if (trouble === 'argument missing') return `${flag}: expected a value, found none`;
  if (trouble === 'argument is ambiguous') return `${flag}: a value that begins with a dash is written ${flag}=VALUE`;
  if (trouble === 'does not take an argument') return `${flag} takes no value: it is ${flag}, or --no-${flag.slice(2)}`;
  return message;
}

/** What the same thing is called here, for those who come from other servers. */
function hintFor(unknown: string, args: readonly string[], name: string, { flags }: Command): string {
  const word = unknown.replace(/^--?(?:no-)?/, '');
  if ('bind' in flags && /^(?:p|port|P|H|host|hostname|listen|l|address|socket)$/.test(word)) {
    return `: an address is --bind HOST:PORT, as in --bind ${addressIn(args)}`;
  }
  if (/^(?:w|watch|reload|r)$/.test(word)) {
    if ('watch' in flags) return '; did you mean --watch?';
    const rest = args.filter((arg) => arg !== unknown).join(' ');
    return `: Node starts a program again when its files change: node --watch ${process.argv[1]} ${name} ${rest}`;
  }
  return didYouMean(
    word,
    Object.keys(flags).filter((flag) => flag.length > 1),
    (flag) => `--${flag}`,
  );
}

/** What was typed as host and port, in the form that --bind has. */
function addressIn(args: readonly string[]): string {
  const valueOf = (names: readonly string[]): string | undefined => {
    const index = args.findIndex((arg) => names.includes(arg.split('=')[0] ?? ''));
    return index < 0 ? undefined : (args[index]?.split('=')[1] ?? args[index + 1]);
  };
  const port = valueOf(['-p', '-P', '--port', '-l', '--listen']);
  const host = valueOf(['-H', '--host', '--hostname', '--address']);
  if (port?.includes(':') === true) return port;
  const safeHost = host !== undefined && /^[\w.-]+$/.test(host) ? host : '127.0.0.1';
  return `${safeHost}:${port !== undefined && /^\d+$/.test(port) ? port : '8000'}`;
}
