import type { Header } from '../contract/contract.ts';
import { TsgiError } from '../contract/errors.ts';
import { BEYOND_BYTES, FIELD_VALUE, TOKEN } from '../environ/tokens.ts';

function check(name: string, value: string): void {
  if (typeof name !== 'string' || !TOKEN.test(name)) {
    throw new TsgiError(`header name ${JSON.stringify(name)}: expected a token`, {
      code: 'BAD_HEADER_NAME',
      side: 'app',
      rule: 'R58',
    });
  }
  if (typeof value !== 'string' || !FIELD_VALUE.test(value)) {
    throw new TsgiError(
      `value of header ${name}: ${JSON.stringify(value)} is no byte string without control characters`,
      {
        code: 'BAD_HEADER_VALUE',
        side: 'app',
        rule: 'R59',
      },
    );
  }
}

// RFC 8187 §3.2.1: what `encodeURIComponent` leaves and an extended value may not hold.
const NOT_ATTR_CHAR = /['()*]/g;

function extended(text: string): string {
  const encoded = encodeURIComponent(text.toWellFormed());
  return `UTF-8''${encoded.replace(NOT_ATTR_CHAR, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)}`;
}

// RFC 2045 §5.1: what makes a parameter's value a quoted string.
const QUOTED = /["\\]/g;

function parameter(name: string, value: string | null): string {
  const token = name.replaceAll('_', '-');
  return value === null ? token : `${token}="${value.replace(QUOTED, String.raw`\$&`)}"`;
}

/**
 * An ordered list of headers with case-blind access, as `wsgiref.headers.Headers`: it wraps an array, which goes to
 * `startResponse` (`headers.list`).
 *
 * @throws TsgiError from every method that stores a name that is no token or a value with control characters.
 */
export class Headers {
  readonly list: Header[];

  /** @param list is wrapped, not copied. Default: empty. */
  constructor(list: Header[] = []) {
    for (const [name, value] of list) check(name, value);
    this.list = list;
  }

  /** The first value, or `undefined`. */
  get(name: string): string | undefined {
    return this.getAll(name)[0];
  }

  /** All values, in their order. */
  getAll(name: string): string[] {
    const lower = name.toLowerCase();
    return this.list.filter(([known]) => known.toLowerCase() === lower).map(([, value]) => value);
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /** Replaces all headers of this name by one, at the end. */
  set(name: string, value: string): void {
    check(name, value);
    this.delete(name);
    this.list.push([name, value]);
  }

  /** The first value; when there is none, stores this one. */
  setDefault(name: string, value: string): string {
    const known = this.get(name);
    if (known !== undefined) return known;
    this.append(name, value);
    return value;
  }

  append(name: string, value: string): void {
    check(name, value);
    this.list.push([name, value]);
  }

  /**
   * Appends a header with parameters: `addHeader('Content-Disposition', 'attachment', { filename: 'a b.txt' })`. An
   * underscore in a parameter's name becomes a dash; `null` leaves its value out; text beyond Latin-1 goes out as the
   * UTF-8 of RFC 8187 (`filename*`).
   */
  addHeader(name: string, value: string, parameters: Readonly<Record<string, string | null>> = {}): void {
    const parts = Object.entries(parameters).map(([key, text]) =>
      text !== null && BEYOND_BYTES.test(text)
        ? `${key.replaceAll('_', '-')}*=${extended(text)}`
        : parameter(key, text),
    );
    this.append(name, [value, ...parts].join('; '));
  }

  delete(name: string): void {
    const lower = name.toLowerCase();
    const kept = this.list.filter(([known]) => known.toLowerCase() !== lower);
    // One by one: as arguments, 120,000 of them would be too many.
    for (const [index, header] of kept.entries()) this.list[index] = header;
    this.list.length = kept.length;
  }

  /** As they go on the wire, with the empty line. */
  toString(): string {
    return `${this.list.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
  }

  [Symbol.iterator](): IterableIterator<Header> {
    return this.list[Symbol.iterator]();
  }
}
