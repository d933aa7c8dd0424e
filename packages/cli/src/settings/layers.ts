import { closest } from '../command-line/did-you-mean.ts';
import { type CommandFailure, firstLine, usageError } from '../command-line/failure.ts';
import { logLine } from '../command-line/standard-streams.ts';
import { flagName, type SettingTable, variableName } from './setting-table.ts';

/** Settings from one source, or from several of which the stronger have won. */
export interface Layer<Values> {
  readonly values: Partial<Values>;
  /** Who said so: `--bind`, `TSGI_BIND`, `tsgi.config.js: bind`. */
  readonly sources: { readonly [Key in keyof Values]?: string };
}

/** Variables that are no settings, but known: of the command, of its workers, of the conformance kit. */
const OTHER_VARIABLES = new Set([
  'TSGI_CONFIG',
  'TSGI_WORKER_BINDS',
  'TSGI_WORKER_SERVER',
  'TSGI_READ_SETTINGS',
  'TSGI_SUPERVISED',
  'TSGI_CONFORMANCE_STORE',
]);

/** What `util.parseArgs` gives. */
export type FlagValues = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;

/** @throws CommandFailure (exit 2) naming the flag and what it expects. */
export function layerOfFlags<Values>(table: SettingTable<Values>, flags: FlagValues): Layer<Values> {
  return readLayer(table, (key) => ({ value: flags[flagName(key)], source: `--${flagName(key)}` }));
}

/**
 * `TSGI_*` variables; an empty one is as good as none. One that is no setting may be anybody's: it is only mentioned when it
 * looks like one.
 *
 * @param others settings of other commands.
 * @throws CommandFailure (exit 2) naming the variable.
 */
export function layerOfVariables<Values>(
  table: SettingTable<Values>,
  variables: NodeJS.ProcessEnv,
  others: readonly string[] = [],
): Layer<Values> {
  const keys = Object.keys(table);
  const known = new Set([...keys, ...others].map(variableName));
  for (const name of Object.keys(variables)) {
    if (!name.startsWith('TSGI_') || known.has(name) || OTHER_VARIABLES.has(name)) continue;
    const meant = closest(name.slice('TSGI_'.length), keys);
    if (meant !== undefined) logLine(`${name} is no setting; did you mean ${variableName(meant)}?`);
  }
  return readLayer(table, (key, multiple) => {
    const source = variableName(key);
    const value = variables[source] ?? '';
    if (value === '') return { source, value: undefined };
    return { source, value: multiple ? value.split(/[\s,]+/).filter((word) => word !== '') : value };
  });
}

/**
 * @param file as messages name it.
 * @param folder where it is: its relative paths begin there, wherever the command was run.
 * @param place of the object in the file, where it is not the whole.
 * @throws CommandFailure (exit 2) naming file and key: one that is unknown, or one with a bad value.
 */
export function layerOfConfig<Values>(
  table: SettingTable<Values>,
  config: object,
  file: string,
  folder = '.',
  place = '',
): Layer<Values> {
  const unknown = Object.keys(config).find((key) => !Object.hasOwn(table, key));
  if (unknown !== undefined) {
    const keys = Object.keys(table);
    const meant = closest(unknown, keys);
    const expected = meant === undefined ? `; expected ${keys.join(', ')}` : `; did you mean ${meant}?`;
    throw usageError(`${file}: ${place === '' ? '' : `${place}: `}unknown key "${unknown}"${expected}`);
  }
  const prefix = place === '' ? '' : `${place}.`;
  const layer = readLayer(table, (key) => ({ value: Reflect.get(config, key), source: `${file}: ${prefix}${key}` }));
  for (const key of Object.keys(layer.values) as (keyof Values)[]) {
    const value = layer.values[key];
    const { from } = table[key].kind;
    if (value !== undefined && from !== undefined) layer.values[key] = from(folder, value);
  }
  return layer;
}

/** The layers as one; the first one that has a setting gives it. */
export function strongest<Values>(...layers: readonly Layer<Values>[]): Layer<Values> {
  return layers.reduce((stronger, weaker) => ({
    values: { ...weaker.values, ...stronger.values },
    sources: { ...weaker.sources, ...stronger.sources },
  }));
}

/** The settings of these names that were set: an option that is there, though `undefined`, would hide its default. */
export function pick<Values extends object, Key extends keyof Values>(
  values: Values,
  keys: readonly Key[],
): Pick<Values, Key> {
  const set = keys.filter((key) => values[key] !== undefined).map((key) => [key, values[key]]);
  return Object.fromEntries(set) as Pick<Values, Key>;
}

/** What to call a setting in a message: what was typed, or the flag that nobody gave. */
export function sourceOf<Values>(key: keyof Values & string, { sources }: Layer<Values>): string {
  return sources[key] ?? `--${flagName(key)}`;
}

interface Found {
  readonly value: unknown;
  readonly source: string;
}

function readLayer<Values>(
  table: SettingTable<Values>,
  find: (key: string, multiple: boolean) => Found,
): Layer<Values> {
  const values: Partial<Values> = {};
  const sources: { [Key in keyof Values]?: string } = {};
  for (const key of Object.keys(table) as (keyof Values & string)[]) {
    const { kind } = table[key];
    const { value, source } = find(key, kind.multiple);
    if (value === undefined) continue;
    try {
      values[key] = kind.read(value);
    } catch (error) {
      throw badValue(source, error);
    }
    sources[key] = source;
  }
  return { values, sources };
}

function badValue(source: string, error: unknown): CommandFailure {
  return usageError(`${source}: ${firstLine(error)}`);
}
