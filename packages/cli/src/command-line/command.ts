import type { FlagValues } from '../settings/layers.ts';
import type { SettingTable } from '../settings/setting-table.ts';
import { defaultText, flagName } from '../settings/setting-table.ts';

/** One flag, as `util.parseArgs` and the help want it. */
export interface Flag {
  /** What stands for its value in the help; a flag without one is a switch. */
  readonly placeholder?: string | undefined;
  readonly short?: string | undefined;
  readonly multiple?: boolean;
  /** Values that a shell may complete. */
  readonly words?: readonly string[] | undefined;
  readonly help: string;
  /** What holds without it, as a reader wants it. */
  readonly default?: string | undefined;
  /** The setting that it gives a value to, by its key in a config file. */
  readonly setting?: string;
}

/** What was given on the command line. */
export interface Invocation {
  readonly positionals: readonly string[];
  readonly flags: FlagValues;
}

/** A subcommand. To add one: a file in `commands/`, and a line in `command-table.ts`. */
export interface Command {
  /** `tsgi serve [APP] [options]` */
  readonly usage: string;
  /** For its help, above the flags. The first paragraph has to do for who wants to begin. */
  readonly description: string;
  /** The flags of the first help, which fits on a screen, each in a few words; `--help all` has all of them. Default: all. */
  readonly first?: Readonly<Record<string, string>>;
  /** What a shell may complete where no flag stands: files, or these words. */
  readonly takes?: 'files' | readonly string[];
  /** By name without dashes. `--help` is every command's. */
  readonly flags: Readonly<Record<string, Flag>>;
  /**
   * For the help, which alone loads it: what gives the wires that a setting is for. None are named for what every wire that
   * listens has.
   */
  readonly wires?: () => Promise<(setting: string) => readonly string[]>;
  /**
   * @returns the exit code.
   * @throws CommandFailure for what is one line on standard error and an exit code.
   */
  run(invocation: Invocation): Promise<number>;
}

/** The flags of a table of settings. */
export function flagsOf<Values>(table: SettingTable<Values>): Record<string, Flag> {
  const flags: Record<string, Flag> = {};
  for (const key of Object.keys(table) as (keyof Values & string)[]) {
    const { kind, short, help, default: standard } = table[key];
    flags[flagName(key)] = {
      placeholder: kind.placeholder,
      multiple: kind.multiple,
      words: kind.words,
      short,
      help,
      default: standard === undefined ? undefined : defaultText(standard),
      setting: key,
    };
  }
  return flags;
}
