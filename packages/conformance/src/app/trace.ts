/** What can be reported: it travels as JSON. */
export type Note = string | number | boolean | null | readonly Note[] | { readonly [key: string]: Note };

/** One thing that happened inside the application. */
export type TraceEntry =
  | readonly ['call', argumentCount: number]
  | readonly ['event', name: string]
  | readonly ['note', key: string, value: Note]
  | readonly ['violation', text: string];

/** Where traces are kept between the request that makes one and the request that asks for it. */
export interface TraceStore {
  append(nonce: string, entry: TraceEntry): void;
  read(nonce: string): TraceEntry[];
  /** Lets the application of this nonce go on. */
  open(nonce: string): void;
  /** Resolves when the gate of this nonce is open. */
  gate(nonce: string): Promise<void>;
}

/** All that happened inside the application for one nonce. */
export interface Report {
  /** How often the application was called. */
  readonly calls: number;
  /** In their order. */
  readonly events: readonly string[];
  /** The last value of each. */
  readonly notes: Readonly<Record<string, Note>>;
  /** What a validator around the application said. */
  readonly violations: readonly string[];
}

/** What a case's application writes down about itself: the kit asks for it with a second request. */
export class Trace {
  readonly #store: TraceStore;
  readonly #nonce: string;

  constructor(store: TraceStore, nonce: string) {
    this.#store = store;
    this.#nonce = nonce;
  }

  call(argumentCount: number): void {
    this.#store.append(this.#nonce, ['call', argumentCount]);
  }

  event(name: string): void {
    this.#store.append(this.#nonce, ['event', name]);
  }

  note(key: string, value: Note): void {
    this.#store.append(this.#nonce, ['note', key, value]);
  }

  violation(text: string): void {
    this.#store.append(this.#nonce, ['violation', text]);
  }

  /** Resolves when the kit has opened the gate of this nonce. */
  gate(): Promise<void> {
    return this.#store.gate(this.#nonce);
  }
}

/** Sums up what was written down. */
export function summarise(entries: readonly TraceEntry[]): Report {
  const events: string[] = [];
  const violations: string[] = [];
  const notes: Record<string, Note> = {};
  let calls = 0;
  for (const entry of entries) {
    if (entry[0] === 'call') {
      calls++;
      notes.arguments = entry[1];
    } else if (entry[0] === 'event') events.push(entry[1]);
    else if (entry[0] === 'violation') violations.push(entry[1]);
    else notes[entry[1]] = entry[2];
  }
  return { calls, events, notes, violations };
}
