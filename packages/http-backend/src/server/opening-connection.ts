import type { Socket } from 'node:net';
import type { ConnectionFacts, ServerObserver } from '@tsgi/core/server';
import type { ErrorStream } from '@tsgi/core';
import { Deadline } from '@tsgi/core/clock';
import type { Connection } from '@tsgi/transport';
import { connectionFacts } from '../environ/environ-factory.ts';
import { internalError } from './internal-error.ts';
import { readProxyHeader, type ProxiedAddresses } from '../environ/proxy-header.ts';

/** How HTTP/2 begins (RFC 9113 §3.4). */
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

/** What the first bytes of a connection decide. */
export interface Opening {
  /** The protocol is HTTP/2. */
  http2: boolean;
  proxied: ConnectionFacts | undefined;
}

/** What is looked for. */
export interface OpeningOptions {
  scheme: 'http' | 'https';
  proxyProtocol: boolean;
  h2c: boolean;
  /** Milliseconds that the first bytes may take. */
  timeout: number;
  errors: ErrorStream;
  observer: ServerObserver | undefined;
}

function factsOf(addresses: ProxiedAddresses | undefined, socket: Socket, scheme: 'http' | 'https'): ConnectionFacts {
  if (addresses === undefined) return connectionFacts(socket, scheme);
  const { sourceAddress, sourcePort, destinationAddress, destinationPort } = addresses;
  return {
    scheme,
    serverName: destinationAddress.includes(':') ? `[${destinationAddress}]` : destinationAddress,
    serverPort: String(destinationPort),
    remoteAddress: sourceAddress,
    remotePort: String(sourcePort),
  };
}

/** @returns `undefined` when it takes more bytes. */
function decide(
  bytes: Buffer,
  options: OpeningOptions,
  socket: Socket,
): { opening: Opening; used: number } | undefined {
  let used = 0;
  let proxied: ConnectionFacts | undefined;
  if (options.proxyProtocol) {
    const header = readProxyHeader(bytes);
    if (header === undefined) return undefined;
    used = header.length;
    proxied = factsOf(header.addresses, socket, options.scheme);
  }
  if (!options.h2c) return { opening: { http2: false, proxied }, used };
  const rest = bytes.subarray(used, used + PREFACE.length);
  if (!rest.equals(PREFACE.subarray(0, rest.length))) return { opening: { http2: false, proxied }, used };
  return rest.length < PREFACE.length ? undefined : { opening: { http2: true, proxied }, used };
}

/** Looks at the first bytes of a connection and hands it, with what follows them, to whoever speaks its protocol. */
export class OpeningConnection implements Connection {
  readonly #socket: Socket;
  #opened: Connection | undefined;
  #ending: 'no' | 'retiring' | 'ending' = 'no';

  constructor(socket: Socket, options: OpeningOptions, open: (opening: Opening) => Connection | undefined) {
    this.#socket = socket;
    let bytes = Buffer.alloc(0);
    const deadline = new Deadline(() => socket.destroy());
    deadline.in(options.timeout);
    socket.once('close', () => deadline.clear());
    const onEnd = (): void => {
      socket.destroy();
    };
    const onData = (chunk: Buffer): void => {
      bytes = Buffer.concat([bytes, chunk]);
      let decision: ReturnType<typeof decide>;
      try {
        decision = decide(bytes, options, socket);
      } catch (error) {
        // Who does not speak the protocol of the proxies is no proxy: nothing to answer.
        const { code } = internalError(error, options.errors);
        options.observer?.refused(code, 0, socket.remoteAddress);
        socket.destroy();
        return;
      }
      if (decision === undefined) return;
      deadline.clear();
      socket.off('data', onData);
      socket.off('end', onEnd);
      socket.pause();
      if (decision.used < bytes.length) socket.unshift(bytes.subarray(decision.used));
      this.#opened = open(decision.opening);
      if (this.#ending === 'retiring') this.#opened?.retire?.();
      else if (this.#ending === 'ending') this.#opened?.shutDown();
    };
    socket.on('data', onData);
    socket.on('end', onEnd);
  }

  retire(): void {
    this.#ending = 'retiring';
    this.#opened?.retire?.();
  }

  shutDown(): void {
    this.#ending = 'ending';
    if (this.#opened !== undefined) this.#opened.shutDown();
    else if (this.#socket.bytesRead === 0) this.#socket.destroy();
  }

  destroy(): void {
    if (this.#opened === undefined) this.#socket.destroy();
    else this.#opened.destroy();
  }
}
