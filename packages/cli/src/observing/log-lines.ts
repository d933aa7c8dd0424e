import type { AccessFormat, AccessRecord } from '@tsgi/adapters/access-log';

/** Bytes that may wait for whoever takes them: some thousand lines. */
const MOST_WAITING = 1_048_576;

/** As many go in one write: then it is not waited for more of them. */
export const BATCH = 65_536;

/** Characters that are made bytes together: some dozen lines. One by one they would cost half as much again. */
const TOGETHER = 4096;

const LINE_FEED = 0x0a;

/** Lines that wait to be written, bounded: what is too much is left out and counted, whole lines only. */
export class LogLines {
  #bytes: Buffer = Buffer.allocUnsafeSlow(BATCH);
  #length = 0;
  /** Behind them: a byte string. */
  #text = '';
  /** What was taken last: its memory is used again. */
  #spare: Buffer = Buffer.allocUnsafeSlow(BATCH);
  #leftOut = 0;

  /** Bytes. */
  get length(): number {
    return this.#length + this.#text.length;
  }

  /** Lines that were left out since it was last asked. */
  takeLeftOut(): number {
    const leftOut = this.#leftOut;
    this.#leftOut = 0;
    return leftOut;
  }

  /**
   * @returns whether there was room.
   */
  push(format: AccessFormat, record: AccessRecord): boolean {
    let line: string;
    try {
      line = format.line(record);
    } catch {
      // An application may have made anything of its environ: what has no line is left out.
      this.#leftOut++;
      return true;
    }
    if (this.length + line.length > MOST_WAITING) {
      this.#leftOut++;
      return false;
    }
    this.#text += line;
    if (this.#text.length >= TOGETHER) this.#encode();
    return true;
  }

  /** What could not be written is lost. */
  lose(bytes: Uint8Array): void {
    for (let at = bytes.indexOf(LINE_FEED); at !== -1; at = bytes.indexOf(LINE_FEED, at + 1)) this.#leftOut++;
  }

  /**
   * Whole lines, at most `most` bytes of them, or one that is longer. They hold until more are taken.
   *
   * @param most default: all.
   */
  take(most: number = Infinity): Uint8Array {
    this.#encode();
    const lines = this.#bytes;
    const length = this.#length;
    if (length <= most) {
      this.#bytes = this.#spare;
      this.#spare = lines;
      this.#length = 0;
      return lines.subarray(0, length);
    }
    const waiting = lines.subarray(0, length);
    const end = waiting.lastIndexOf(LINE_FEED, most - 1) + 1 || waiting.indexOf(LINE_FEED) + 1;
    const taken = Uint8Array.prototype.slice.call(lines, 0, end);
    lines.copyWithin(0, end, length);
    this.#length = length - end;
    return taken;
  }

  #encode(): void {
    const text = this.#text;
    this.#text = '';
    const length = this.#length + text.length;
    if (length > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(length, 2 * this.#bytes.length));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#bytes.write(text, this.#length, 'latin1');
    this.#length = length;
  }
}
