import { type AccessLine, type AccessRecord, LineBytes } from '@tsgi/adapters/access-log';

/** Bytes that may wait for whoever takes them: some thousand lines. */
const MOST_WAITING = 1_048_576;

/** As many go in one write: then it is not waited for more of them. */
export const BATCH = 65_536;

const LINE_FEED = 0x0a;

/** Lines that wait to be written, bounded: what is too much is left out and counted, whole lines only. */
export class LogLines {
  #waiting = new LineBytes();
  /** What was taken last: its memory is used again. */
  #taken = new LineBytes();
  #leftOut = 0;

  get length(): number {
    return this.#waiting.length;
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
  push(format: AccessLine, record: AccessRecord): boolean {
    const waiting = this.#waiting;
    const before = waiting.length;
    try {
      format(record, waiting);
      waiting.plain('\n');
    } catch {
      // An application may have made anything of its environ: what has no line is left out.
      waiting.cut(before);
      this.#leftOut++;
      return true;
    }
    if (waiting.length <= MOST_WAITING) return true;
    waiting.cut(before);
    this.#leftOut++;
    return false;
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
    const lines = this.#waiting;
    if (lines.length <= most) {
      this.#waiting = this.#taken;
      this.#waiting.cut(0);
      this.#taken = lines;
      return lines.bytes;
    }
    const { bytes } = lines;
    const end = bytes.lastIndexOf(LINE_FEED, most - 1) + 1 || bytes.indexOf(LINE_FEED) + 1;
    const taken = bytes.slice(0, end);
    lines.drop(end);
    return taken;
  }
}
