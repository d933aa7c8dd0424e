import {
  connect,
  constants,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { connect as connectSocket, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Header } from '@tsgi/core';
import type { AnswerHead } from './answer.ts';
import { Reception, type Channel, type Ending } from './channel.ts';
import { schemeOf, type SocketTarget } from './target.ts';

/** `rawHeaders` of node:http2: names and values alternate, in wire order, `:status` among them. */
function headOf(rawHeaders: readonly string[]): AnswerHead {
  let status = '';
  const headers: Header[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = rawHeaders.slice(index, index + 2);
    if (name === ':status') status = value;
    else headers.push([name, value]);
  }
  return { status, headers };
}

function openSocket(target: SocketTarget): Socket {
  const where = 'path' in target ? { path: target.path } : { host: target.host, port: target.port };
  if (target.tls !== true) return connectSocket({ ...where, noDelay: true });
  return connectTls({ ...where, rejectUnauthorized: false, ALPNProtocols: ['h2'] });
}

/** One request on a connection of its own. What is sent and received are the bodies: node:http2 keeps the frames. */
export class Http2Channel implements Channel {
  readonly log: string = '';
  readonly interim: AnswerHead[] = [];
  readonly #session: ClientHttp2Session;
  readonly #stream: ClientHttp2Stream;
  readonly #reception: Reception;
  #head: AnswerHead | undefined;
  #sent = 0;

  private constructor(session: ClientHttp2Session, stream: ClientHttp2Stream, patience: number) {
    this.#session = session;
    this.#stream = stream;
    this.#reception = new Reception(patience);
    stream.on('headers', (_headers: unknown, _flags: number, rawHeaders: string[]) => {
      this.interim.push(headOf(rawHeaders));
      this.#reception.notify();
    });
    stream.on('response', (_headers: unknown, _flags: number, rawHeaders: string[]) => {
      this.#head = headOf(rawHeaders);
      this.#reception.notify();
    });
    stream.on('data', (chunk: Buffer) => this.#reception.push(chunk));
    // A RST_STREAM with NO_ERROR looks like END_STREAM to programs on node:http2, and so to the kit.
    const ended = (): void => this.#reception.end(stream.rstCode === constants.NGHTTP2_NO_ERROR ? 'orderly' : 'failed');
    stream.on('end', ended);
    stream.on('close', ended);
    stream.on('error', () => this.#reception.end('failed'));
    session.on('error', () => this.#reception.end('failed'));
  }

  /**
   * Connects, and sends the head of the request.
   *
   * @param endsWithHead there is no body: END_STREAM comes with the head.
   * @param patience milliseconds for connecting, and for whatever is waited for later.
   */
  static open(
    target: SocketTarget,
    headers: OutgoingHttpHeaders,
    endsWithHead: boolean,
    patience: number,
  ): Promise<Http2Channel> {
    return new Promise((resolve, reject) => {
      const session = connect(`${schemeOf(target)}://kit.example`, { createConnection: () => openSocket(target) });
      const timer = setTimeout(() => session.destroy(new Error(`no connection within ${patience} ms`)), patience);
      const fail = (error: Error): void => {
        clearTimeout(timer);
        reject(error);
      };
      session.once('error', fail);
      session.once('connect', () => {
        clearTimeout(timer);
        session.off('error', fail);
        try {
          resolve(new Http2Channel(session, session.request(headers, { endStream: endsWithHead }), patience));
        } catch (error) {
          session.destroy();
          reject(error);
        }
      });
    });
  }

  get head(): AnswerHead | undefined {
    return this.#head;
  }

  get ending(): Ending {
    return this.#reception.ending;
  }

  get received(): Buffer {
    return this.#reception.received;
  }

  get receivedLength(): number {
    return this.#reception.length;
  }

  get accepted(): number {
    return this.#sent - this.#stream.writableLength;
  }

  send(bytes: Uint8Array | string): void {
    if (bytes.length === 0 || this.#stream.destroyed || this.#stream.writableEnded) return;
    this.#sent += bytes.length;
    this.#stream.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  finish(): void {
    this.#stream.end();
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  /** As browsers do: the request is cancelled, the connection stays. */
  leave(): void {
    this.#stream.close(constants.NGHTTP2_CANCEL);
  }

  close(): void {
    this.#session.destroy();
  }

  until(condition: () => boolean): Promise<boolean> {
    return this.#reception.until(condition);
  }
}
