import type { AccessRecord } from './access-record.ts';

/** A text that is the same in every line, as a byte string, or a value of the request. */
export type Part = string | ValuePart;

export interface ValuePart {
  show(record: AccessRecord): unknown;
  /** What stands for it: ASCII, and nothing in it can end a line or a field. Of the same value it is the same. */
  text(value: unknown, record: AccessRecord): string;
  /** It is another one for each request: what stands beside it need not be made again because of it. */
  readonly varies: boolean;
  /** It is about how long a request took, or about more than the second in which it began. */
  readonly isTimed?: boolean;
}

/**
 * Makes the line of a request out of its parts, as a byte string. From one line to the next most values stay as they were,
 * above all on one connection: what was made of them is kept, so that a line mostly is a few strings put together.
 */
export function lineOf(parts: readonly Part[]): (record: AccessRecord) => string {
  const pieces: Piece[] = [];
  let segment: Segment | undefined;
  for (const part of parts) {
    if (typeof part !== 'string' && part.varies) {
      pieces.push(new Varying(part));
      segment = undefined;
    } else {
      if (segment === undefined) pieces.push((segment = new Segment()));
      segment.add(part);
    }
  }
  return (record) => {
    let line = '';
    for (const piece of pieces) line += piece.of(record);
    return line;
  };
}

interface Piece {
  of(record: AccessRecord): string;
}

/** Not compared with that of the line before: V8 would make one piece of each string that was put together. */
class Varying implements Piece {
  readonly #part: ValuePart;

  constructor(part: ValuePart) {
    this.#part = part;
  }

  of(record: AccessRecord): string {
    return this.#part.text(this.#part.show(record), record);
  }
}

/** What no request has a value like. */
const NO_LINE = Symbol('no line');

/** Parts that stand beside each other, and their text as long as all their values are those of the line before. */
class Segment implements Piece {
  readonly #values: ValuePart[] = [];
  /** Those of the line before. */
  readonly #last: unknown[] = [];
  readonly #texts: string[] = [];
  /** One before each value, and one behind all of them. */
  readonly #constants: string[] = [''];
  #text = '';
  #isOutdated = true;

  add(part: Part): void {
    if (typeof part === 'string') {
      this.#constants.push(`${this.#constants.pop()}${part}`);
      return;
    }
    this.#values.push(part);
    this.#last.push(NO_LINE);
    this.#texts.push('');
    this.#constants.push('');
  }

  of(record: AccessRecord): string {
    const values = this.#values;
    const last = this.#last;
    // By index: each request comes by here.
    for (let index = 0; index < values.length; index++) {
      const part = values[index] as ValuePart;
      const value = part.show(record);
      if (value === last[index]) continue;
      this.#isOutdated = true;
      this.#texts[index] = part.text(value, record);
      // Nothing of an application's is kept but text, which it cannot change.
      last[index] = typeof value === 'object' || typeof value === 'function' ? NO_LINE : value;
    }
    return this.#isOutdated ? this.#made() : this.#text;
  }

  #made(): string {
    const texts = this.#texts;
    const constants = this.#constants;
    let text = constants[0] as string;
    for (let index = 0; index < texts.length; index++)
      text += (texts[index] as string) + (constants[index + 1] as string);
    this.#text = text;
    this.#isOutdated = false;
    return text;
  }
}
