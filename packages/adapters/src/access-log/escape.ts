// How a value stands in a line: it must not end a field, or forge a line, or drive a terminal. All that comes out is ASCII.

/** As Apache writes them (`ap_escape_logitem`). */
const NAMED: Readonly<Record<string, string>> = {
  '\b': '\\b',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '"': '\\"',
  '\\': '\\\\',
};

const QUOTED = /[^ !#-[\]-~]/gu;
const WORD = /[^!#-[\]-~]/gu;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** Between quotes. */
export function quoted(value: string): string {
  return isPlain(value, 0x20) ? value : value.replace(QUOTED, escaped);
}

/** A field of its own: a blank would begin another one. Apache leaves it; then REMOTE_USER can say what came after it. */
export function word(value: string): string {
  return isPlain(value, 0x21) ? value : value.replace(WORD, escaped);
}

/** Whether it needs no escape, as nearly everything. */
function isPlain(value: string, least: number): boolean {
  for (let index = 0; index < value.length; index++) {
    const code = value.charCodeAt(index);
    if (code < least || code > 0x7e || code === 0x22 || code === 0x5c) return false;
  }
  return true;
}

function escaped(character: string): string {
  const named = NAMED[character];
  if (named !== undefined) return named;
  const code = character.codePointAt(0) ?? 0;
  // A byte; beyond that it is text of the application's own.
  if (code <= 0xff) return hexadecimal(code);
  return Array.from(encoder.encode(character), hexadecimal).join('');
}

function hexadecimal(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, '0')}`;
}

/** What stands between the quotes of a string of JSON: bytes that are UTF-8 are shown as the text that they are. */
export function jsonText(value: string): string {
  if (isPlain(value, 0x20)) return value;
  return JSON.stringify(textOf(value))
    .slice(1, -1)
    .replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Byte strings that are UTF-8 as text; others as they are. */
export function textOf(value: string): string {
  const bytes = new Uint8Array(value.length);
  for (let index = 0; index < value.length; index++) {
    const unit = value.charCodeAt(index);
    if (unit > 0xff) return value;
    bytes[index] = unit;
  }
  try {
    return decoder.decode(bytes);
  } catch {
    return value;
  }
}
