import type { Header } from '@tsgi/core';

/** By name, in lower case. */
export type Fields = Record<string, string | string[]>;

/** RFC 9113 §8.2.1: with white space around it a field is malformed, and clients drop it; HTTP/1 takes it off on arrival. */
function trimmed(value: string): string {
  return /^[\t ]|[\t ]$/.test(value) ? value.replace(/^[\t ]+|[\t ]+$/g, '') : value;
}

/** Header fields as Node takes them: repeated ones as arrays (R63). */
export function fields(headers: readonly Header[]): Fields {
  const result: Fields = { __proto__: null } as never;
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    const known = result[key];
    if (known === undefined) result[key] = trimmed(value);
    else result[key] = [known, trimmed(value)].flat();
  }
  return result;
}

/** Of some fields Node sends one only; as a list they mean the same (RFC 9110 §5.3). */
export function joined(repeated: Fields): Fields {
  for (const [name, value] of Object.entries(repeated)) {
    if (Array.isArray(value) && name !== 'set-cookie') repeated[name] = value.join(', ');
  }
  return repeated;
}
