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

/** `tsgi COMMAND --help`: what fits on a screen of 80 columns and 24 lines; with `all`, everything. */
export async function commandHelp(command: Command, all = false): Promise<string> {
  const wires = await wiresOfFlags(command);
  const first = all ? undefined : command.first;
  const flags = Object.keys(first ?? command.flags).flatMap((name): Row[] => {
    const flag = command.flags[name];
    return flag === undefined ? [] : [[flagText(name, flag), first?.[name] ?? helpText(flag, wires(flag))]];
  });
  const [name = ''] = /^tsgi \S+/.exec(command.usage) ?? [];
  const help =
    first === undefined
      ? 'this help'
      : `this help; ${name} --help all: all ${Object.keys(command.flags).length} options`;
  const [begin = '', ...rest] = command.description.trim().split('\n\n');
  return `Usage: ${command.usage}

${[begin, ...(first === undefined ? rest : [])].join('\n\n')}

Options:
${table([...flags, [flagText('help', { short: 'h', help }), help]])}
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

const COLUMNS = 80;
const WIDEST_TERM = 26;

/** Two columns; a long term has its text on the next line, and a long text goes on there. */
function table(rows: readonly Row[]): string {
  const width = Math.min(WIDEST_TERM, Math.max(...rows.map(([term]) => term.length)));
  return rows
    .flatMap(([term, text]) => {
      const lines = wrapped(text, COLUMNS - width - 4);
      const [first = '', ...rest] = term.length > width ? ['', ...lines] : lines;
      return [`  ${term.padEnd(width)}  ${first}`.trimEnd(), ...rest.map((line) => `${' '.repeat(width + 4)}${line}`)];
    })
    .join('\n');
}

function wrapped(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > columns) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
