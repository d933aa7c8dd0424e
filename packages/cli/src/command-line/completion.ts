import type { Command, Flag } from './command.ts';

/** A subcommand with what a shell may complete of it. */
export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  readonly command: Command;
}

/** How the value of a flag is completed. */
type Value = 'none' | 'free' | 'files' | 'folders' | readonly string[];

interface CompletedFlag {
  readonly name: string;
  readonly short: string | undefined;
  readonly value: Value;
  readonly placeholder: string;
  readonly multiple: boolean;
  readonly help: string;
}

const MAIN_FLAGS: readonly (readonly [string, string])[] = [
  ['--help', 'the commands'],
  ['--version', 'the version'],
];

/** For bash 3.2 and newer. */
export function bashCompletion(commands: readonly CompletedCommand[]): string {
  const cases: string[] = [];
  for (const { name, command } of commands) {
    const flags = flagsOf(command);
    for (const flag of flags) {
      const words = [`--${flag.name}`, ...(flag.short === undefined ? [] : [`-${flag.short}`])];
      const labels = words.map((word) => quoted(`${name} ${word}`)).join(' | ');
      if (flag.value !== 'none') cases.push(`    ${labels}) ${bashValue(flag.value)}; return ;;`);
    }
    cases.push(`    ${quoted(`${name} `)}*) flags=${quoted(flags.map((flag) => `--${flag.name}`).join(' '))}`);
    cases.push(`      rest=${quoted(bashRest(command))} ;;`);
  }
  const names = [...commands.map(({ name }) => name), ...MAIN_FLAGS.map(([flag]) => flag)].join(' ');
  return `# bash completion of tsgi, printed by tsgi completion bash
_tsgi_words() {
  local word
  while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -W "$1" -- "$cur")
}
_tsgi_files() {
  local word
  compopt -o filenames 2> /dev/null
  while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen "-$1" -- "$cur")
}
_tsgi() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} flags='' rest=''
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then _tsgi_words ${quoted(names)}; return; fi
  # Bash takes --flag=value for three words.
  if [[ $cur == = ]]; then cur=''
  elif [[ $prev == = ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  case "\${COMP_WORDS[1]} $prev" in
${cases.join('\n')}
  esac
  if [[ $cur == -* ]]; then _tsgi_words "$flags"
  elif [[ $rest == files ]]; then _tsgi_files f
  else _tsgi_words "$rest"
  fi
}
complete -F _tsgi tsgi
`;
}

function bashValue(value: Value): string {
  if (value === 'files') return '_tsgi_files f';
  if (value === 'folders') return '_tsgi_files d';
  return typeof value === 'string' ? ':' : `_tsgi_words ${quoted(value.join(' '))}`;
}

function bashRest({ takes = [] }: Command): string {
  return typeof takes === 'string' ? takes : takes.join(' ');
}

/** For zsh 5. */
export function zshCompletion(commands: readonly CompletedCommand[]): string {
  const cases = commands.map(({ name, command }) => {
    const specs = flagsOf(command).flatMap(zshSpecs);
    const rest =
      command.takes === undefined
        ? []
        : [`*:${command.takes === 'files' ? 'application:_files' : `shell:(${command.takes.join(' ')})`}`];
    return `    ${name}) _arguments -s ${[...specs, ...rest].map(quoted).join(' \\\n      ')} ;;`;
  });
  const names = commands.map(({ name, summary }) => quoted(`${name}:${summary}`));
  return `#compdef tsgi
# zsh completion of tsgi, printed by tsgi completion zsh
_tsgi() {
  local -a commands
  if ((CURRENT == 2)); then
    commands=(${names.join(' ')})
    _describe -t commands command commands
    _arguments ${MAIN_FLAGS.map(([flag, help]) => quoted(`${flag}[${help}]`)).join(' ')}
    return
  fi
  shift words
  ((CURRENT--))
  case $words[1] in
${cases.join('\n')}
  esac
}
if [[ $funcstack[1] == _tsgi ]]; then _tsgi "$@"; else compdef _tsgi tsgi; fi
`;
}

function zshSpecs({ name, short, value, placeholder, multiple, help }: CompletedFlag): string[] {
  const description = `[${help.replaceAll(/[[\]\\]/g, '\\$&')}]`;
  const what = placeholder.replaceAll(/[:\\]/g, '\\$&');
  const ending = value === 'none' ? '' : `:${what}:${zshValue(value)}`;
  const words = [`--${name}${value === 'none' ? '' : '='}`, ...(short === undefined ? [] : [`-${short}`])];
  const others = short === undefined || multiple ? '' : `(-${short} --${name})`;
  return words.map((word) => `${multiple ? '*' : others}${word}${description}${ending}`);
}

function zshValue(value: Value): string {
  if (value === 'files') return '_files';
  if (value === 'folders') return '_files -/';
  return typeof value === 'string' ? ' ' : `(${value.join(' ')})`;
}

/** For fish 3. */
export function fishCompletion(commands: readonly CompletedCommand[]): string {
  const lines = commands.flatMap(({ name, summary, command }) => [
    `complete -c tsgi -n __fish_use_subcommand -a ${name} -d ${fishQuoted(summary)}`,
    ...flagsOf(command).map((flag) => `complete -c tsgi -n '__fish_seen_subcommand_from ${name}' ${fishFlag(flag)}`),
    ...fishRest(name, command),
  ]);
  const main = MAIN_FLAGS.map(
    ([flag, help]) => `complete -c tsgi -n __fish_use_subcommand -l ${flag.slice(2)} -d ${fishQuoted(help)}`,
  );
  return `# fish completion of tsgi, printed by tsgi completion fish
complete -c tsgi -f
${[...main, ...lines].join('\n')}
`;
}

function fishFlag({ name, short, value, help }: CompletedFlag): string {
  const letter = short === undefined ? '' : ` -s ${short}`;
  return `-l ${name}${letter}${fishValue(value)} -d ${fishQuoted(help)}`;
}

function fishValue(value: Value): string {
  switch (value) {
    case 'none':
      return '';
    case 'free':
      return ' -x';
    case 'files':
      return ' -r -F';
    case 'folders':
      return " -x -a '(__fish_complete_directories)'";
    default:
      return ` -x -a ${fishQuoted(value.join(' '))}`;
  }
}

function fishRest(name: string, { takes }: Command): string[] {
  if (takes === undefined) return [];
  const start = `complete -c tsgi -n '__fish_seen_subcommand_from ${name}'`;
  return [takes === 'files' ? `${start} -F` : `${start} -a ${fishQuoted(takes.join(' '))}`];
}

/** The flags of a command, and what switches off those that are on. */
function flagsOf(command: Command): CompletedFlag[] {
  const flags = Object.entries(command.flags).flatMap(([name, flag]): CompletedFlag[] => {
    const { short, placeholder = '', multiple = false, help } = flag;
    const found = { name, short, value: valueOf(flag), placeholder, multiple, help };
    if (placeholder !== '' || flag.default !== 'on') return [found];
    return [found, { ...found, name: `no-${name}`, short: undefined, help: `not: ${help}` }];
  });
  const help = {
    name: 'help',
    short: 'h',
    value: 'none',
    placeholder: '',
    multiple: false,
    help: 'this help',
  } as const;
  return [...flags, help];
}

function valueOf({ placeholder, words }: Flag): Value {
  if (placeholder === undefined) return 'none';
  if (words !== undefined) return words;
  if (/^(?:FILE|APP|MODULE)$/.test(placeholder)) return 'files';
  return placeholder === 'FOLDER' ? 'folders' : 'free';
}

/** As one word for bash and zsh. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function fishQuoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, String.raw`\$&`)}'`;
}
