import { resolve } from 'node:path';
import { didYouMean } from '../command-line/did-you-mean.ts';

/** A kind of value that a flag, a variable or a config key can have. */
export interface Kind<Value> {
  /** What stands for the value in the help; a kind without one is a switch. */
  readonly placeholder: string | undefined;
  /** May be given several times; in a variable, its words stand between spaces or commas. */
  readonly multiple: boolean;
  /** The words that it takes, for a shell to complete; it may take others, too. */
  readonly words?: readonly string[] | undefined;
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

/** What lifts a limit. In a config file it may also be the number. */
const UNLIMITED = 'unlimited';

/** 24 days: beyond this a timer of Node fires at once. */
const LONGEST_DURATION = 2 ** 31 - 1;

const DURATION_UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, '': 1000 };
const SIZE_UNITS: Readonly<Record<string, number>> = { k: 1024, m: 1_048_576, g: 1_073_741_824, '': 1 };

/** Units of other programs, and what is written here: for a hint. */
type Hints = Readonly<Record<string, readonly [factor: number, unit: string]>>;
const DURATION_HINTS: Hints = { sec: [1, 's'], min: [1, 'm'], h: [60, 'm'], d: [1440, 'm'] };
const SIZE_HINTS: Hints = {
  b: [1, ''],
  kb: [1, 'k'],
  kib: [1, 'k'],
  mb: [1, 'm'],
  mib: [1, 'm'],
  gb: [1, 'g'],
  gib: [1, 'g'],
};

/** `500ms`, `2s`, `5m`, a plain number of seconds, `unlimited`; as milliseconds. */
export const duration: Kind<number> = {
  placeholder: 'DURATION',
  multiple: false,
  read(value) {
    if (isUnlimited(value)) return Infinity;
    const milliseconds = amount(value, /^(\d{1,20}(?:\.\d{1,20})?)(ms|s|m|)$/, DURATION_UNITS);
    if (milliseconds === undefined)
      throw expected('a duration such as 500ms, 2s, 5m or a number of seconds', value, DURATION_HINTS);
    if (milliseconds <= LONGEST_DURATION) return milliseconds;
    throw expected(`at most ${Math.floor(LONGEST_DURATION / 60_000)}m, or ${UNLIMITED}`, value);
  },
  show: (value) => (value === Infinity ? UNLIMITED : value % 1000 === 0 ? `${value / 1000}s` : `${value}ms`),
};

/** A duration that is waited for: without any, nothing could come in time. */
export const patience: Kind<number> = {
  ...duration,
  read(value) {
    const milliseconds = duration.read(value);
    if (milliseconds > 0) return milliseconds;
    throw expected('a duration above 0', value);
  },
};

/** A duration that ends. */
export const pause: Kind<number> = {
  ...duration,
  read(value) {
    const milliseconds = duration.read(value);
    if (milliseconds < Infinity) return milliseconds;
    throw expected('a duration that ends', value);
  },
};

/** `64k`, `1m`, a plain number of bytes, `unlimited`; as bytes. */
export const size: Kind<number> = {
  placeholder: 'SIZE',
  multiple: false,
  read(value) {
    if (isUnlimited(value)) return Infinity;
    const bytes = amount(value, /^(\d{1,20}(?:\.\d{1,20})?)([kmg]|)$/, SIZE_UNITS);
    if (bytes === undefined) throw expected('a size such as 64k, 1m or a number of bytes', value, SIZE_HINTS);
    if (Number.isSafeInteger(bytes)) return bytes;
    throw expected(`at most ${Number.MAX_SAFE_INTEGER} bytes, or ${UNLIMITED}`, value);
  },
  show: (value) => (value === Infinity ? UNLIMITED : value),
};

/** A whole number, 0 or more, or `unlimited`. */
export const count: Kind<number> = {
  placeholder: 'NUMBER',
  multiple: false,
  read(value) {
    if (isUnlimited(value)) return Infinity;
    const number = amount(value, /^(\d{1,20})()$/, { '': 1 });
    if (number === undefined) throw expected('a whole number', value);
    if (Number.isSafeInteger(number)) return number;
    throw expected(`at most ${Number.MAX_SAFE_INTEGER}, or ${UNLIMITED}`, value);
  },
  show: (value) => (value === Infinity ? UNLIMITED : value),
};

/** A whole number; `undefined` when it is none. */
export function amountOf(value: unknown): number | undefined {
  const number = amount(value, /^(\d{1,20})()$/, { '': 1 });
  return number !== undefined && Number.isSafeInteger(number) ? number : undefined;
}

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

/** One of a few words; `others` says what is meant by the names that they have elsewhere. */
export function choice<Word extends string>(
  words: readonly Word[],
  others: Readonly<Record<string, string>> = {},
): Kind<Word> {
  return {
    placeholder: words.join('|'),
    multiple: false,
    words,
    read(value) {
      const word = words.find((candidate) => candidate === value);
      if (word !== undefined) return word;
      const error = expected(`${words.slice(0, -1).join(', ')} or ${words.at(-1)}`, value);
      if (typeof value !== 'string') throw error;
      const meant = Object.hasOwn(others, value) ? others[value] : undefined;
      error.message += meant === undefined ? didYouMean(value, words) : `; did you mean ${meant}?`;
      throw error;
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
    words: one.words,
    read: (value) => (Array.isArray(value) ? value : [value]).map((item: unknown) => one.read(item)),
    show: (values) => values.map((value) => one.show(value)),
    from: (folder, values) => values.map((value) => one.from?.(folder, value) ?? value),
  };
}

function isUnlimited(value: unknown): boolean {
  return value === Infinity || (typeof value === 'string' && /^(?:unlimited|infinity)$/i.test(value));
}

function amount(value: unknown, grammar: RegExp, units: Readonly<Record<string, number>>): number | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const [, digits, unit = ''] = grammar.exec(String(value).toLowerCase()) ?? [];
  return digits === undefined ? undefined : Math.round(Number(digits) * (units[unit] ?? Number.NaN));
}

/**
 * What a kind throws when it cannot read a value.
 *
 * @param hints what one of a unit is, where that is not among those that are read.
 */
export function expected(what: string, found: unknown, hints: Hints = {}): Error {
  return new Error(`expected ${what}, found ${JSON.stringify(found) ?? String(found)}${inOurUnits(found, hints)}`);
}

function inOurUnits(found: unknown, hints: Hints): string {
  const [, digits, unit = ''] = /^(\d{1,6}) ?([a-z]{1,3})$/i.exec(String(found)) ?? [];
  const meant = Object.hasOwn(hints, unit.toLowerCase()) ? hints[unit.toLowerCase()] : undefined;
  return meant === undefined ? '' : `; did you mean ${Number(digits) * meant[0]}${meant[1]}?`;
}
