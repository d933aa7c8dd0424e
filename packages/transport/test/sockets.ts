import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Connection, serveSockets, type SocketServerOptions } from '../src/index.ts';
import type { RunningServer } from '@tsgi/core';

/** A folder for sockets that goes with the test. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'tsgi-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A wire of lines: each line is a request, answered with its echo; `hold` is answered when `release` is called. */
export class EchoConnection implements Connection {
  readonly calls: string[] = [];
  readonly #socket: Socket;
  #held = false;
  #ending = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (bytes) => {
      for (const line of String(bytes).trimEnd().split('\n')) {
        if (line === 'hold') this.#held = true;
        else this.#answer(line);
      }
    });
    socket.on('end', () => socket.end());
  }

  release(): void {
    this.#held = false;
    this.#answer('released');
  }

  shutDown(): void {
    this.calls.push('shutDown');
    this.#ending = true;
    if (!this.#held) this.#socket.end();
  }

  destroy(): void {
    this.calls.push('destroy');
    this.#socket.destroy();
  }

  #answer(line: string): void {
    this.#socket.write(`${line}\n`);
    if (this.#ending) this.#socket.end();
  }
}

/** An echo server that ends with the test. */
export async function echoServer(
  options: Partial<SocketServerOptions> = {},
): Promise<{ server: RunningServer; connections: EchoConnection[] }> {
  const connections: EchoConnection[] = [];
  const server = await serveSockets({
    scheme: 'echo',
    address: { type: 'tcp', host: '127.0.0.1', port: 0 },
    accept: (socket) => {
      const connection = new EchoConnection(socket);
      connections.push(connection);
      return connection;
    },
    ...options,
  });
  onTestFinished(() => server.close({ grace: 0 }));
  return { server, connections };
}

/** A client: what it sends, and all it got when the server has closed. */
export interface Client {
  socket: Socket;
  send(text: string): void;
  /** Resolves with all that arrived once it holds `text`. */
  until(text: string): Promise<string>;
  /** Resolves with all that arrived when the connection is over, however that came. */
  all: Promise<string>;
}

export function client(target: NetConnectOpts): Client {
  const socket = connect(target);
  onTestFinished(() => {
    socket.destroy();
  });
  let got = '';
  socket.on('data', (bytes) => (got += String(bytes)));
  socket.on('error', () => {});
  const all = new Promise<string>((resolve) => {
    socket.once('close', () => resolve(got));
  });
  const until = (text: string): Promise<string> =>
    new Promise((resolve) => {
      const check = (): void => {
        if (got.includes(text)) resolve(got);
      };
      socket.on('data', check);
      check();
    });
  return { socket, all, until, send: (text) => void socket.write(text) };
}

/** Where a client reaches a TCP server. */
export function tcp(server: { port: number | undefined }): NetConnectOpts {
  return { host: '127.0.0.1', port: server.port ?? 0 };
}
