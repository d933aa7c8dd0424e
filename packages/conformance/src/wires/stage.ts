import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Header } from '@tsgi/core';
import type { Channel } from './channel.ts';
import { openPeer } from './open-peer.ts';
import type { Peer } from './peer.ts';
import type { CaseRequest, TaggedRequest } from './request.ts';
import { SocketChannel } from './socket-channel.ts';
import { isProgram, type Target } from './target.ts';
import { DirectoryStore } from '../app/trace-store.ts';
import { summarise, type Note, type Report } from '../app/trace.ts';
import type { Wire } from './wire.ts';

/** What a case can do to the server under test. Closes at the end all that it opened. */
export class Stage {
  readonly target: Target;
  readonly nonce: string = randomBytes(12).toString('hex');
  readonly tag: readonly Header[];
  readonly client: Record<string, Note> = {};
  readonly #request: CaseRequest;
  readonly #patience: number;
  readonly #opened: Channel[] = [];

  constructor(target: Target, name: string, request: CaseRequest, patience: number) {
    this.target = target;
    this.tag = [
      ['X-Tsgi-Case', name],
      ['X-Tsgi-Nonce', this.nonce],
    ];
    this.#request = request;
    this.#patience = patience;
  }

  get wire(): Wire {
    return this.target.wire;
  }

  /** The case's request, with changes. */
  request(changes: CaseRequest = {}): TaggedRequest {
    return { ...this.#request, ...changes, tag: this.tag };
  }

  /** A connection, or a run of the program, for the case's request. */
  async open(changes: CaseRequest = {}): Promise<Peer> {
    const peer = await openPeer(this.target, this.request(changes), this.#patience);
    this.#opened.push(peer.channel);
    return peer;
  }

  /** A bare connection. */
  async connect(): Promise<SocketChannel> {
    if (isProgram(this.target)) throw new TypeError('a CGI program has no connection');
    const channel = await SocketChannel.open(this.target, this.#patience);
    this.#opened.push(channel);
    return channel;
  }

  /** Writes down what the kit saw, for the expectation's `client`. */
  note(key: string, value: Note): void {
    this.client[key] = value;
  }

  /** Lets the case's application go on. */
  async openGate(): Promise<void> {
    if (isProgram(this.target)) new DirectoryStore(this.target.store).open(this.nonce);
    else await this.#ask(this.target, 'open');
  }

  /**
   * What happened inside the application.
   *
   * @param condition asked again and again until it is true, or patience ends: events may come after the answer.
   */
  async report(condition: (report: Report) => boolean = () => true): Promise<Report> {
    const until = performance.now() + this.#patience;
    let pause = 2;
    for (;;) {
      const report = await this.#read();
      if (condition(report) || performance.now() > until) return report;
      await delay(pause);
      pause = Math.min(pause * 2, 50);
    }
  }

  close(): void {
    for (const channel of this.#opened) channel.close();
  }

  async #read(): Promise<Report> {
    if (isProgram(this.target)) return summarise(new DirectoryStore(this.target.store).read(this.nonce));
    const text = await this.#ask(this.target, 'report');
    const report: Report = JSON.parse(text);
    return report;
  }

  async #ask(target: Target, question: string): Promise<string> {
    const tag: Header[] = [
      ['X-Tsgi-Ask', question],
      ['X-Tsgi-Nonce', this.nonce],
    ];
    const peer = await openPeer(target, { tag }, this.#patience);
    try {
      peer.sendHead();
      peer.endBody();
      const answer = await peer.finish();
      if (answer.code !== 200) {
        throw new Error(`the kit's application did not report: ${answer.status || 'no answer'}`);
      }
      return answer.body.toString('utf8');
    } finally {
      peer.channel.close();
    }
  }
}
