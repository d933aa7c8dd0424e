import type { AccessFormat, AccessRecord } from '@tsgi/adapters/access-log';
import { logLine } from '../command-line/standard-streams.ts';
import { BATCH, LogLines } from './log-lines.ts';
import type { LogTarget } from './log-target.ts';

/** Milliseconds that a line may wait for others. */
const PATIENCE = 100;

/** Milliseconds until what could not be written is tried again. */
const AGAIN = 1000;

/**
 * The access log: lines go to its target in batches. Whatever becomes of them, no request waits or fails for it: a reader that
 * stands still, a full disk, a file that cannot be opened lose lines, which are counted. That it fails is said once, and that
 * it goes on again, with the number of lines that are missing.
 */
export class AccessLog {
  readonly #name: string;
  readonly #target: LogTarget;
  readonly #format: AccessFormat;
  readonly #lines = new LogLines();
  #timer: NodeJS.Timeout | undefined;
  #writing = false;
  #failing = false;
  #lost = 0;
  /** Of these, what was said. */
  #said = 0;
  #onIdle: (() => void) | undefined;
  readonly #onExit = (): void => this.#writeLast();

  constructor(name: string, target: LogTarget, format: AccessFormat) {
    this.#name = name;
    this.#format = format;
    this.#target = target;
    process.on('exit', this.#onExit);
    // Who starts it reads what is said now, and not what the first request finds.
    if (target.failure !== undefined) this.#fail(target.failure.message);
  }

  /** Whether it shows how long a request took. */
  get isTimed(): boolean {
    return this.#format.isTimed;
  }

  /** Lines that were lost so far. */
  get lost(): number {
    this.#lost += this.#lines.takeLeftOut();
    return this.#lost;
  }

  get #batch(): number {
    return this.#target.atomic ?? BATCH;
  }

  write(record: AccessRecord): void {
    if (!this.#lines.push(this.#format, record)) {
      this.#fail('it does not take lines as fast as they come');
      return;
    }
    if (this.#writing) return;
    if (this.#lines.length >= this.#batch) this.#flush();
    else if (this.#timer === undefined) this.#flushIn(PATIENCE);
  }

  reopen(): void {
    this.#flush();
    this.#target.reopen();
  }

  /** Resolves when all is written, or cannot be. */
  async close(): Promise<void> {
    this.#flush();
    if (this.#writing && !this.#failing) {
      const { promise, resolve } = deferred();
      const timer = setTimeout(resolve, AGAIN);
      this.#onIdle = resolve;
      await promise;
      clearTimeout(timer);
    }
    this.#writeLast();
    process.off('exit', this.#onExit);
    this.#target.close();
  }

  #flushIn(milliseconds: number): void {
    this.#timer = setTimeout(() => this.#flush(), milliseconds);
    // At the end of the process the rest is written.
    this.#timer.unref();
  }

  #flush(): void {
    if (this.#writing) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const bytes = this.#lines.take(this.#target.atomic);
    if (bytes.byteLength === 0) {
      this.#onIdle?.();
      return;
    }
    this.#writing = true;
    this.#target.write(bytes, (error, rest) => this.#written(error, rest));
  }

  #written(error: Error | undefined, rest: Uint8Array): void {
    this.#writing = false;
    if (error === undefined) {
      this.#recovered();
      return this.#goOn();
    }
    this.#lines.lose(rest);
    this.#fail(error.message);
    this.#onIdle?.();
    if (this.#timer === undefined && this.#lines.length > 0) this.#flushIn(AGAIN);
  }

  /** What came meanwhile waits for more, too: else each turn of the loop would have a write of its own (1 us a line). */
  #goOn(): void {
    if (this.#onIdle !== undefined || this.#lines.length >= this.#batch) this.#flush();
    else if (this.#lines.length > 0 && this.#timer === undefined) this.#flushIn(PATIENCE);
  }

  #fail(why: string): void {
    if (!this.#failing) logLine(`${this.#name}: ${why}; lines are left out, and requests go on`);
    this.#failing = true;
  }

  #recovered(): void {
    if (!this.#failing) return;
    const { lost } = this;
    this.#failing = false;
    logLine(`${this.#name}: it is written again; ${lost - this.#said} lines are missing`);
    this.#said = lost;
  }

  #writeLast(): void {
    const rest = this.#target.writeNow(this.#lines.take());
    this.#lines.lose(rest);
  }
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
