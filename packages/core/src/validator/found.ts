import { countedBytes } from '../contract/errors.ts';

const LONGEST = 60;

function article(name: string): string {
  return `${/^[AEIOU]/i.test(name) ? 'an' : 'a'} ${name}`;
}

function className(value: object): string | undefined {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (typeof prototype !== 'object' || prototype === null || !('constructor' in prototype)) return undefined;
  const { constructor } = prototype;
  return typeof constructor === 'function' && constructor.name !== '' ? constructor.name : undefined;
}

/** Text as a message shows it: quoted, controls escaped, cut off where it gets long. */
export function quoted(text: string): string {
  const cut = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  return JSON.stringify(cut).replace(/[\x7f-\x9f]/g, (control) => `\\u00${control.charCodeAt(0).toString(16)}`);
}

/** What was found, for a message: `'a string ("hi")'`, `'a Buffer of 3 bytes'`, `'undefined'`. Never throws. */
export function found(value: unknown): string {
  try {
    return described(value);
  } catch {
    // A proxy that was revoked, or whose traps throw.
    return 'an object that cannot be looked at';
  }
}

/** Whether a value is an Error, as far as it can be looked at. Never throws. */
export function isError(value: unknown): boolean {
  try {
    return value instanceof Error;
  } catch {
    return false;
  }
}

function described(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (typeof value === 'string') return `a string (${quoted(value)})`;
  if (typeof value === 'function') return `a function${value.name === '' ? '' : ` (${value.name})`}`;
  if (typeof value !== 'object') return `a ${typeof value} (${String(value)})`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  const name = className(value) ?? 'object';
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer)
    return `${article(name)} of ${countedBytes(value.byteLength)}`;
  return name === 'Object' ? 'a plain object' : article(name);
}

/** A character as a message shows it: `'U+000A'`. */
export function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
