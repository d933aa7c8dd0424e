import type { Answer } from './answer.ts';
import type { Channel } from './channel.ts';
import type { Wire } from './wire.ts';

/** How one wire writes a request and reads an answer. */
export interface WireFormat {
  head(): Uint8Array | string;
  body(bytes: Uint8Array): Uint8Array;
  /** What ends the body on the wire. */
  end(): Uint8Array | string;
  /** The end of the body is the end of our side. */
  readonly finishes: boolean;
  parse(channel: Channel): Answer;
}

/** The kit's side of one request: sends it piece by piece, reads the answer, goes away in the middle. */
export class Peer {
  readonly wire: Wire;
  readonly channel: Channel;
  readonly #format: WireFormat;

  constructor(wire: Wire, channel: Channel, format: WireFormat) {
    this.wire = wire;
    this.channel = channel;
    this.#format = format;
  }

  /** Sends all that comes before the body. */
  sendHead(): void {
    this.channel.send(this.#format.head());
  }

  sendBody(bytes: Uint8Array): void {
    this.channel.send(this.#format.body(bytes));
  }

  endBody(): void {
    this.channel.send(this.#format.end());
    if (this.#format.finishes) this.channel.finish();
  }

  /** The answer as far as it has come. */
  get answer(): Answer {
    return this.#format.parse(this.channel);
  }

  /** Waits for something to be true of the answer, or for its end. */
  async until(condition: (answer: Answer) => boolean): Promise<Answer> {
    let answer = this.answer;
    await this.channel.until(() => {
      answer = this.answer;
      return answer.finished || condition(answer);
    });
    return answer;
  }

  /** The whole answer. One that does not come to its end in time has a problem that says so. */
  async finish(): Promise<Answer> {
    const answer = await this.until((seen) => seen.finished);
    if (answer.finished) return answer;
    return { ...answer, complete: false, problems: [...answer.problems, 'the answer did not come to its end in time'] };
  }
}
