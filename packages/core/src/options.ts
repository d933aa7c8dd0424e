/** What a number may be that somebody sets, and what it is otherwise. `Infinity` lifts every limit. */
export interface NumberRule {
  readonly byDefault: number;
  /** For the message about a value that is none of these. */
  readonly expected: string;
  allows(value: number): boolean;
}

/** Rules by the names of the options: all numbers that a wire obeys. */
export type NumberRules<Name extends string = string> = Readonly<Record<Name, NumberRule>>;

/** Milliseconds, more than none. */
export function duration(byDefault: number): NumberRule {
  return { byDefault, expected: 'a number above 0, in milliseconds', allows: (value) => value > 0 };
}

/** Milliseconds, or none at all: at once. */
export function wait(byDefault: number): NumberRule {
  return { byDefault, expected: 'a number of 0 or more, in milliseconds', allows: (value) => value >= 0 };
}

/** Bytes, more than none: what cannot be done without any. */
export function size(byDefault: number): NumberRule {
  return { byDefault, expected: 'a number above 0, in bytes', allows: (value) => value > 0 };
}

/** Bytes, or none at all: a body may be forbidden, a rest may be left unread. */
export function amount(byDefault: number): NumberRule {
  return { byDefault, expected: 'a number of 0 or more, in bytes', allows: (value) => value >= 0 };
}

/** Things that are counted, from `least` on. */
export function count(byDefault: number, least: 0 | 1 = 1): NumberRule {
  const allows = (value: number): boolean => value >= least && (Number.isInteger(value) || value === Infinity);
  return { byDefault, expected: least === 1 ? 'a whole number above 0' : 'a whole number of 0 or more', allows };
}

/**
 * The numbers among `options`, each checked, each with its default.
 *
 * @throws RangeError that names the option, what was expected and what was found: a bad limit would not fail by itself, it
 *   would close every connection, or none.
 */
export function checkedNumbers<Name extends string>(
  rules: NumberRules<Name>,
  options: { readonly [Key in Name]?: unknown },
): Record<Name, number> {
  const names = Object.keys(rules) as Name[];
  const entries = names.map((name) => [name, checkedNumber(name, rules[name], options[name])] as const);
  return Object.fromEntries(entries) as Record<Name, number>;
}

function checkedNumber(name: string, rule: NumberRule, value: unknown): number {
  if (value === undefined) return rule.byDefault;
  if (typeof value === 'number' && rule.allows(value)) return value;
  throw new RangeError(`${name}: expected ${rule.expected}, found ${shown(value)}`);
}

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  // Not every object can be made a string.
  return (typeof value === 'object' && value !== null) || typeof value === 'function' ? typeof value : String(value);
}

/** The numbers that every gateway obeys: `ForwardOptions` says what each of them means. */
export const forwardRules: NumberRules<'responseTimeout' | 'idleTimeout' | 'maxBody' | 'maxSpool'> = {
  responseTimeout: duration(60_000),
  idleTimeout: duration(60_000),
  maxBody: amount(Infinity),
  maxSpool: amount(16_777_216),
};
