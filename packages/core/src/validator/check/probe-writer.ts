import type { Bytes } from '../../contract/contract.ts';
import type { ResponseHead, ResponseWriter } from '../../run/response-writer.ts';
import type { Peer } from './probes.ts';

/** Of an answer that does not end, such as an event stream, so much is taken. */
const ENOUGH = 1_048_576;

interface ProbeEvents {
  readonly peer: Peer;
  onHead(): void;
  /** The peer has had enough. */
  leave(): void;
  finished(): void;
}

/** The wire of a probe: takes the answer as its peer does, and says when it has had enough. */
export class ProbeWriter implements ResponseWriter {
  readonly #events: ProbeEvents;
  #bytes = 0;

  constructor(events: ProbeEvents) {
    this.#events = events;
  }

  writeHead(_head: ResponseHead, chunk: Bytes | undefined): boolean {
    this.#events.onHead();
    return this.#take(chunk);
  }

  write(chunk: Bytes): boolean {
    return this.#take(chunk);
  }

  end(): void {
    // Nothing is kept.
  }

  abort(): void {
    // What was wrong is logged by the run loop.
  }

  onDrain(callback: () => void): void {
    setTimeout(callback, 0);
  }

  earlyHints(): void {
    // They were checked on their way.
  }

  finished(): void {
    this.#events.finished();
  }

  #take(chunk: Bytes | undefined): boolean {
    this.#bytes += chunk?.byteLength ?? 0;
    const { peer } = this.#events;
    if (peer === 'leaves midway' || this.#bytes > ENOUGH) queueMicrotask(() => this.#events.leave());
    return peer !== 'slow';
  }
}
