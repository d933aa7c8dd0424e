import { commandTable } from './command-table.ts';
import type { Command, Flag } from './command.ts';
import { wireNames } from '../settings/setting-table.ts';

/** `tsgi --help`. */
export function mainHelp(): string {
  const rows = Object.entries(commandTable).map(([name, { summary }]): Row => [name, summary]);
  return `Usage: tsgi COMMAND [options]

One application, any wire: HTTP, FastCGI, SCGI or CGI.

Commands:
${table(rows)}

Options:
${table([
  ['-h, --help', 'this help; tsgi COMMAND --help for a command'],
  ['-V, --version', 'the version'],
])}

Exit codes: 0 done, 1 a check failed, 2 usage, 3 could not start.
`;
}

/** `tsgi COMMAND --help`. */
export async function commandHelp(command: Command): Promise<string> {
  const wires = await wiresOfFlags(command);
  const flags: [string, Flag][] = [...Object.entries(command.flags), ['help', { short: 'h', help: 'this help' }]];
  return `Usage: ${command.usage}

${command.description.trim()}

Options:
${table(flags.map(([name, flag]) => [flagText(name, flag), helpText(flag, wires(flag))]))}
`;
}

/** Names the wires that a flag is for, where it is not for all. */
export async function wiresOfFlags(command: Command): Promise<(flag: Flag) => string> {
  const wiresOf = await command.wires?.();
  return ({ setting }) => (setting === undefined ? '' : wireNames(wiresOf?.(setting) ?? []));
}

type Row = [term: string, text: string];

function flagText(name: string, { short, placeholder }: Flag): string {
  const letter = short === undefined ? '    ' : `-${short}, `;
  return `${letter}--${name}${placeholder === undefined ? '' : ` ${placeholder}`}`;
}

function helpText({ help, default: standard }: Flag, wires: string): string {
  return `${wires === '' ? '' : `${wires}: `}${help}${standard === undefined ? '' : ` (default: ${standard})`}`;
}

/** Two columns; a long term has its text on the next line. */
function table(rows: readonly Row[]): string {
  const width = Math.min(28, Math.max(...rows.map(([term]) => term.length)));
  return rows
    .map(([term, text]) => {
      const gap = term.length > width ? `\n${' '.repeat(width + 4)}` : ' '.repeat(width - term.length + 2);
      return `  ${term}${gap}${text}`;
    })
    .join('\n');
}
