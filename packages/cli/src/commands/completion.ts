import type { Command } from '../command-line/command.ts';
import { commandTable } from '../command-line/command-table.ts';
import { bashCompletion, type CompletedCommand, fishCompletion, zshCompletion } from '../command-line/completion.ts';
import { closest } from '../command-line/did-you-mean.ts';
import { EXIT, usageError } from '../command-line/failure.ts';
import { print } from '../command-line/standard-streams.ts';

const SHELLS: Readonly<Record<string, (commands: readonly CompletedCommand[]) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

/** `tsgi completion`. */
export const completionCommand: Command = {
  usage: 'tsgi completion bash|zsh|fish',
  description: `
Prints a script that makes the shell complete commands, flags, their values and
files:

  bash   tsgi completion bash > /etc/bash_completion.d/tsgi
         or in ~/.bashrc: source <(tsgi completion bash)
  zsh    tsgi completion zsh > "\${fpath[1]}/_tsgi"
  fish   tsgi completion fish > ~/.config/fish/completions/tsgi.fish`,
  flags: {},
  takes: Object.keys(SHELLS),
  async run({ positionals: [shell, extra] }) {
    const names = Object.keys(SHELLS);
    if (shell === undefined) throw usageError(`expected a shell: ${names.join(', ')}`);
    if (extra !== undefined) throw usageError(`unexpected argument "${extra}"`);
    const write = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined;
    if (write === undefined) {
      const meant = closest(shell, names);
      throw usageError(
        `expected a shell: ${names.join(', ')}; found "${shell}"${meant === undefined ? '' : `; did you mean ${meant}?`}`,
      );
    }
    const commands: CompletedCommand[] = [];
    for (const [name, entry] of Object.entries(commandTable)) {
      commands.push({ name, summary: entry.summary, command: await entry.load() });
    }
    print(write(commands));
    return EXIT.done;
  },
};
