import { resolve } from 'node:path';

/** A kind of value that a flag, a variable or a config key can have. */
export interface Kind<Value> {
  /** What stands for the value in the help; a kind without one is a switch. */
  readonly placeholder: string | undefined;
  /** May be given several times; in a variable, its words stand between spaces or commas. */
  readonly multiple: boolean;
  /**
   * Reads text from a flag or a variable, or a value from a config file.
   *
   * @throws Error with what was expected, to follow the name of the flag, variable or key.
   */
  read(value: unknown): Value;
  /** The value as a config file would hold it. */
  show(value: Value): unknown;
  /** For what names files: a relative path of a config file begins at the file's own folder. */
  from?(folder: string, value: Value): Value;
}

const DURATION_UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, '': 1000 };
const SIZE_UNITS: Readonly<Record<string, number>> = { k: 1024, m: 1_048_576, g: 1_073_741_824, '': 1 };

/** `500ms`, `2s`, `5m`, a plain number of seconds; as milliseconds. */
export const duration: Kind<number> = {
  placeholder: 'DURATION',
  multiple: false,
  read(value) {
    const milliseconds = amount(value, /^(\d+(?:\.\d+)?)(ms|s|m|)$/, DURATION_UNITS);
    // Beyond this a timer of Node fires at once.
    if (milliseconds !== undefined && milliseconds < 2 ** 31) return milliseconds;
    throw expected('a duration such as 500ms, 2s, 5m or a number of seconds', value);
  },
  show: (value) => (value % 1000 === 0 ? `${value / 1000}s` : `${value}ms`),
};

/** `64k`, `1m`, a plain number of bytes; as bytes. */
export const size: Kind<number> = {
  placeholder: 'SIZE',
  multiple: false,
  read(value) {
    const bytes = amount(value, /^(\d+(?:\.\d+)?)([kmg]|)$/, SIZE_UNITS);
    if (bytes !== undefined && Number.isSafeInteger(bytes)) return bytes;
    throw expected('a size such as 64k, 1m or a number of bytes', value);
  },
  show: (value) => value,
};

/** A whole number, 0 or more. */
export const count: Kind<number> = {
  placeholder: 'NUMBER',
  multiple: false,
  read(value) {
    const number = amount(value, /^(\d+)()$/, { '': 1 });
    if (number !== undefined && Number.isSafeInteger(number)) return number;
    throw expected('a whole number', value);
  },
  show: (value) => value,
};

/** On or off; a variable says it with 1 or 0, true or false. */
export const toggle: Kind<boolean> = {
  placeholder: undefined,
  multiple: false,
  read(value) {
    if (value === true || value === 'true' || value === '1') return true;
    if (value === false || value === 'false' || value === '0') return false;
    throw expected('true or false', value);
  },
  show: (value) => value,
};

/** Any text but the empty one. */
export function text(placeholder: string): Kind<string> {
  return {
    placeholder,
    multiple: false,
    read(value) {
      if (typeof value === 'string' && value !== '') return value;
      throw expected('text', value);
    },
    show: (value) => value,
  };
}

/** A file. */
export function file(placeholder: string): Kind<string> {
  return { ...text(placeholder), from: (folder, value) => resolve(folder, value) };
}

/** One of a few words. */
export function choice<Word extends string>(words: readonly Word[]): Kind<Word> {
  return {
    placeholder: words.join('|'),
    multiple: false,
    read(value) {
      const word = words.find((candidate) => candidate === value);
      if (word !== undefined) return word;
      throw expected(`${words.slice(0, -1).join(', ')} or ${words.at(-1)}`, value);
    },
    show: (value) => value,
  };
}

/** Several texts, or one. */
export function texts(placeholder: string): Kind<readonly string[]> {
  return several(text(placeholder));
}

/** Several of a few words, or one. */
export function choices<Word extends string>(words: readonly Word[], placeholder: string): Kind<readonly Word[]> {
  return several({ ...choice(words), placeholder });
}

/** Several of a kind, or one. */
export function several<Value>(one: Kind<Value>): Kind<readonly Value[]> {
  return {
    placeholder: one.placeholder,
    multiple: true,
    read: (value) => (Array.isArray(value) ? value : [value]).map((item: unknown) => one.read(item)),
    show: (values) => values.map((value) => one.show(value)),
    from: (folder, values) => values.map((value) => one.from?.(folder, value) ?? value),
  };
}

function amount(value: unknown, grammar: RegExp, units: Readonly<Record<string, number>>): number | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const [, digits, unit = ''] = grammar.exec(String(value).toLowerCase()) ?? [];
  return digits === undefined ? undefined : Math.round(Number(digits) * (units[unit] ?? Number.NaN));
}

/** What a kind throws when it cannot read a value. */
export function expected(what: string, found: unknown): Error {
  return new Error(`expected ${what}, found ${JSON.stringify(found) ?? String(found)}`);
}
