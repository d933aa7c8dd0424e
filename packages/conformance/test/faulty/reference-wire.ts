import type { Socket } from 'node:net';
import type { Header } from '@tsgi/core';

/** One HTTP/1.1 answer on a connection that ends with it: plain, and each part for itself so that it can be wrong. */
export class ReferenceWire {
  readonly socket: Socket;
  chunked = false;

  constructor(socket: Socket) {
    this.socket = socket;
  }

  head(status: string, headers: readonly Header[], chunked: boolean): void {
    this.chunked = chunked;
    const own: Header[] = chunked ? [['Transfer-Encoding', 'chunked']] : [];
    const lines = [...headers, ...own, ['Connection', 'close'] satisfies Header].map(
      ([name, value]) => `${name}: ${value}\r\n`,
    );
    this.socket.write(`HTTP/1.1 ${status}\r\n${lines.join('')}\r\n`, 'latin1');
  }

  /** An empty chunk is framed as it is: leaving it out is the run loop's business (R69). */
  chunk(bytes: Uint8Array): boolean {
    if (!this.chunked) return this.socket.write(bytes);
    this.socket.cork();
    this.socket.write(`${bytes.byteLength.toString(16)}\r\n`);
    this.socket.write(bytes);
    const accepts = this.socket.write('\r\n');
    this.socket.uncork();
    return accepts;
  }

  end(): void {
    if (this.chunked) this.socket.write('0\r\n\r\n');
    this.socket.end();
  }

  cutOff(): void {
    this.socket.destroySoon();
  }

  drained(): Promise<void> {
    return new Promise((resolve) => {
      const settle = (): void => {
        this.socket.off('drain', settle).off('close', settle);
        resolve();
      };
      this.socket.on('drain', settle).on('close', settle);
    });
  }
}
