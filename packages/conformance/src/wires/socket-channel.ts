import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { Reception, type Channel, type Ending } from './channel.ts';
import type { SocketTarget } from './target.ts';

/**
 * libuv tells a reset that arrives together with the last bytes as an end (`UV_HANDLE_READ_PARTIAL` and `POLLHUP`). But
 * the kernel has forgotten the peer of a connection that was reset, and remembers it after a FIN, unless both sides have
 * sent one. Node keeps what it was told once, so nobody may have asked before.
 */
function wasReset(socket: Socket): boolean {
  return !socket.writableEnded && socket.remoteAddress === undefined;
}

/** A connection to the server under test. Half-open: a FIN from the server does not end our side. */
export class SocketChannel implements Channel {
  readonly log: string = '';
  readonly #socket: Socket;
  /** What the system knows of: without TLS the socket itself. */
  readonly #transport: Socket;
  readonly #reception: Reception;
  readonly #isTcp: boolean;

  private constructor(socket: Socket, transport: Socket, isTcp: boolean, patience: number) {
    this.#socket = socket;
    this.#transport = transport;
    this.#isTcp = isTcp;
    this.#reception = new Reception(patience);
    socket.on('data', (chunk: Buffer) => this.#reception.push(chunk));
    socket.on('end', () => this.#reception.end(isTcp && wasReset(socket) ? 'failed' : 'orderly'));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // EPIPE is about what we send; what the server thinks of its answer is still to be read.
      if (error.code !== 'EPIPE') this.#reception.end('failed');
    });
    socket.on('close', (hadError) => this.#reception.end(hadError ? 'failed' : 'orderly'));
  }

  /** @param patience milliseconds for connecting, and for whatever is waited for later. */
  static open(target: SocketTarget, patience: number): Promise<SocketChannel> {
    return new Promise((resolve, reject) => {
      const where = 'path' in target ? { path: target.path } : { host: target.host, port: target.port };
      const transport = connect({ ...where, allowHalfOpen: true, noDelay: true });
      const socket =
        target.tls === true
          ? connectTls({ socket: transport, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] })
          : transport;
      const timer = setTimeout(() => socket.destroy(new Error(`no connection within ${patience} ms`)), patience);
      const fail = (error: Error): void => {
        clearTimeout(timer);
        reject(error);
      };
      socket.once('error', fail);
      socket.once(target.tls === true ? 'secureConnect' : 'connect', () => {
        clearTimeout(timer);
        socket.off('error', fail);
        resolve(new SocketChannel(socket, transport, !('path' in target), patience));
      });
    });
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
    return this.#socket.bytesWritten - this.#socket.writableLength;
  }

  send(bytes: Uint8Array | string): void {
    // Node hands an empty write to the system, too: a server that has answered and closed makes EPIPE of it, over a UNIX socket
    // at once, and Node then drops what has arrived.
    if (bytes.length === 0 || this.#socket.destroyed || this.#socket.writableEnded) return;
    if (typeof bytes === 'string') this.#socket.write(bytes, 'latin1');
    else this.#socket.write(bytes);
  }

  finish(): void {
    this.#socket.end();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  leave(): void {
    if (this.#isTcp) this.#transport.resetAndDestroy();
    else this.#socket.destroy();
  }

  close(): void {
    this.#socket.destroy();
  }

  until(condition: () => boolean): Promise<boolean> {
    return this.#reception.until(condition);
  }
}
