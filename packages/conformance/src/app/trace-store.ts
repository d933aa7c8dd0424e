import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { TraceEntry, TraceStore } from './trace.ts';

// The kit asks soon: older traces are nobody's.
const MOST_KEPT = 2000;

interface Kept {
  readonly entries: TraceEntry[];
  readonly gate: Promise<void>;
  readonly open: () => void;
}

/** Traces in memory: for a server that is one process. */
export class MemoryStore implements TraceStore {
  readonly #kept = new Map<string, Kept>();

  append(nonce: string, entry: TraceEntry): void {
    this.#of(nonce).entries.push(entry);
  }

  read(nonce: string): TraceEntry[] {
    return this.#of(nonce).entries;
  }

  open(nonce: string): void {
    this.#of(nonce).open();
  }

  gate(nonce: string): Promise<void> {
    return this.#of(nonce).gate;
  }

  #of(nonce: string): Kept {
    const known = this.#kept.get(nonce);
    if (known !== undefined) return known;
    let open = (): void => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const kept = { entries: [], gate, open };
    this.#kept.set(nonce, kept);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MOST_KEPT && oldest !== undefined) this.#kept.delete(oldest);
    return kept;
  }
}

/** Traces in the files of a directory: for CGI programs and servers with several processes. */
export class DirectoryStore implements TraceStore {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  append(nonce: string, entry: TraceEntry): void {
    appendFileSync(this.#file(nonce, 'trace'), `${JSON.stringify(entry)}\n`);
  }

  read(nonce: string): TraceEntry[] {
    const file = this.#file(nonce, 'trace');
    if (!existsSync(file)) return [];
    const lines = readFileSync(file, 'utf8').split('\n');
    // A line that is being written has no LF yet.
    return lines.slice(0, -1).map((line): TraceEntry => JSON.parse(line));
  }

  open(nonce: string): void {
    writeFileSync(this.#file(nonce, 'open'), '');
  }

  async gate(nonce: string): Promise<void> {
    while (!existsSync(this.#file(nonce, 'open'))) await delay(5);
  }

  #file(nonce: string, kind: string): string {
    // The nonce came over a wire: it names a file only if it is one of the kit's.
    if (!/^[0-9a-z-]{1,64}$/.test(nonce)) throw new RangeError(`bad nonce ${JSON.stringify(nonce)}`);
    return join(this.#directory, `${nonce}.${kind}`);
  }
}
