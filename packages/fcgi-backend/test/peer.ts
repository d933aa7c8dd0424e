import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import type { App, Environ, RunningServer } from '@tsgi/core';
import { serve, type ServeOptions } from '../src/index.ts';
import { type Event, responses } from './decoded.ts';

const running: { close(): unknown }[] = [];

afterEach(async () => {
  for (const one of running.splice(0)) await one.close();
});

/** Something to be closed when the test is over. */
export function closing<Thing extends { close(): unknown }>(thing: Thing): Thing {
  running.push(thing);
  return thing;
}

let sockets = 0;

/** A name for a socket that nobody uses. */
export function socketPath(): string {
  return join(tmpdir(), `tsgi-fcgi-${process.pid}-${sockets++}.sock`);
}

export interface TestServer {
  readonly server: RunningServer;
  /** What went to the `errors` sink. */
  readonly log: string[];
  connect(): Promise<Peer>;
}

/** Serves `app` on a UNIX socket, or over TCP with `port: 0`; `log` is its sink unless `errors` is given. */
export async function start(app: App, options: ServeOptions & { stderr?: boolean } = {}): Promise<TestServer> {
  const log: string[] = [];
  const { stderr = false, ...rest } = options;
  const where = options.port === undefined ? { path: socketPath() } : {};
  const errors = stderr ? {} : { errors: (text: string) => void log.push(text) };
  const server = await serve(app, { ...errors, ...where, ...rest });
  closing({ close: () => server.close({ grace: 0 }) });
  const target = 'path' in where ? { path: where.path } : { port: server.port ?? 0, host: '127.0.0.1' };
  return {
    server,
    log,
    connect: () =>
      new Promise((resolve, reject) => {
        const socket = createConnection({ ...target, allowHalfOpen: true });
        socket.once('error', reject);
        socket.once('connect', () => resolve(new Peer(socket)));
      }),
  };
}

/** A web server in a test's hands: it sends bytes, and decodes what comes back. */
export class Peer {
  readonly socket: Socket;
  /** Resolves when the server has ended its side, or the connection is gone. */
  readonly ended: Promise<void>;
  /** The error that the connection ended with: `ECONNRESET`. */
  error: string | undefined;
  received = 0;
  readonly #responses = responses();
  #wake: (() => void)[] = [];

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.received += chunk.length;
      this.#responses.push(chunk);
      this.#notify();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.error = error.code;
    });
    this.ended = new Promise((resolve) => {
      for (const event of ['end', 'close']) {
        socket.on(event, () => {
          resolve();
          this.#notify();
        });
      }
    });
    closing({ close: () => socket.destroy() });
  }

  send(...bytes: Uint8Array[]): this {
    this.socket.write(Buffer.concat(bytes));
    return this;
  }

  events(): Event[] {
    return [...this.#responses.events];
  }

  /** Waits until what came satisfies `condition`; fails when the connection ends before. */
  async until(condition: (events: Event[]) => boolean): Promise<Event[]> {
    for (;;) {
      const events = this.events();
      if (condition(events)) return events;
      if (this.socket.readableEnded || this.socket.destroyed) {
        throw new Error(`the connection ended with ${this.error ?? 'no error'} after ${JSON.stringify(events)}`);
      }
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  /** Waits for the END_REQUEST of an id. */
  end(id = 1): Promise<Event[]> {
    return this.until((events) => events.some((event) => event[0] === 'end' && event[1] === id));
  }

  /** The STDOUT of an id. */
  stdout(id = 1): string {
    return this.events()
      .filter((event) => event[0] === 'stdout' && event[1] === id)
      .map((event) => event[2])
      .join('');
  }

  #notify(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}

/** Answers with a text. */
export const hello: App = (_environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [Buffer.from('hello')];
};

export const HELLO = 'Status: 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello';

/** Answers with the request's body. */
export const echo: App = async (environ, startResponse) => {
  const body = await environ['tsgi.input'].read();
  startResponse('200 OK', [['Content-Type', 'application/octet-stream']]);
  return [body];
};

/** An app that tells what it was called with, and when it was torn down. */
export function recording(app: App): { app: App; environs: Environ[]; aborted: unknown[]; tornDown: Promise<void> } {
  const environs: Environ[] = [];
  const aborted: unknown[] = [];
  let over = (): void => {};
  const tornDown = new Promise<void>((resolve) => {
    over = resolve;
  });
  return {
    environs,
    aborted,
    tornDown,
    app(environ, startResponse) {
      environs.push(environ);
      const signal = environ['tsgi.signal'];
      signal.addEventListener('abort', () => aborted.push(signal.reason));
      environ['tsgi.after_response'].push(over);
      return app(environ, startResponse);
    },
  };
}

/** A promise and what settles it. */
export function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
