import { EventEmitter } from 'node:events';
import type { Server } from 'node:http';
import type { Environ } from '@tsgi/core';
import { defineAddresses, type SocketAddresses } from './addresses.ts';

/** As a `net.Socket`'s. */
export const HIGH_WATER = 16_384;

/** Makes no table of listeners before there is one to put in: nobody listens to most of these sockets. */
const Emitter = function Emitter() {} as unknown as new () => EventEmitter;
Object.defineProperty(Emitter, 'prototype', { value: EventEmitter.prototype });

/** What Node and libraries read of a socket and ask it for, where there is none: the connection is the server's. */
export class SocketFace extends Emitter implements SocketAddresses {
  declare readonly connecting: boolean;
  declare readonly pending: boolean;
  declare readonly allowHalfOpen: boolean;
  declare readonly bytesRead: number;
  declare readonly writableHighWaterMark: number;
  declare readonly readableHighWaterMark: number;
  declare readonly parser: null;
  declare readonly _hadError: boolean;
  readonly server: Server | undefined;
  bytesWritten = 0;
  timeout = 0;
  destroyed = false;
  readable = true;
  writable = true;

  declare readonly remoteAddress: string | undefined;
  declare readonly remotePort: number | undefined;
  declare readonly remoteFamily: string | undefined;
  declare readonly localAddress: string | undefined;
  declare readonly localPort: number | undefined;
  declare readonly localFamily: string | undefined;
  declare encrypted: unknown;

  readonly environ: Environ;

  constructor(environ: Environ, server: Server | undefined) {
    super();
    this.environ = environ;
    this.server = server;
  }

  get readyState(): 'open' | 'closed' {
    return this.destroyed ? 'closed' : 'open';
  }

  get closed(): boolean {
    return this.destroyed;
  }

  address(): object {
    return { address: this.localAddress, family: this.localFamily, port: this.localPort };
  }

  /** The server's own time limits hold; nothing is counted here. */
  setTimeout(milliseconds: number, callback?: () => void): this {
    this.timeout = milliseconds;
    if (callback !== undefined) this.once('timeout', callback);
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  setEncoding(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  pause(): this {
    return this;
  }

  resume(): this {
    return this;
  }

  read(): null {
    return null;
  }

  cork(): void {}

  uncork(): void {}
}

defineAddresses(SocketFace.prototype);
// What never changes costs no request anything.
Object.assign(SocketFace.prototype, {
  connecting: false,
  pending: false,
  allowHalfOpen: true,
  bytesRead: 0,
  writableHighWaterMark: HIGH_WATER,
  readableHighWaterMark: HIGH_WATER,
  parser: null,
  _hadError: false,
});
