import type { Header } from '@tsgi/core';
import { withoutBlanks } from '@tsgi/core/server';

/** By name, in lower case. */
export type Fields = Record<string, string | string[]>;

/**
 * Nothing is behind it, for `constructor` is a field like any other. With `__proto__: null` it would be a dictionary to V8,
 * which Node takes longer to read.
 */
class FieldRecord {
  [name: string]: string | string[];
}
Reflect.deleteProperty(FieldRecord.prototype, 'constructor');
Reflect.setPrototypeOf(FieldRecord.prototype, null);

/**
 * Header fields as Node takes them: repeated ones as arrays (R63). With white space around it a field is malformed, and
 * clients drop it (RFC 9113 §8.2.1); HTTP/1 takes it off on arrival.
 */
export function fields(headers: readonly Header[]): Fields {
  const result: Fields = new FieldRecord();
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    const known = result[key];
    if (known === undefined) result[key] = withoutBlanks(value);
    else if (typeof known === 'string') result[key] = [known, withoutBlanks(value)];
    else known.push(withoutBlanks(value));
  }
  return result;
}

/** Of some fields Node sends one only; as a list they mean the same (RFC 9110 §5.3). */
export function equalNamesJoined(repeated: Fields): Fields {
  for (const [name, value] of Object.entries(repeated)) {
    if (Array.isArray(value) && name !== 'set-cookie') repeated[name] = value.join(', ');
  }
  return repeated;
}
