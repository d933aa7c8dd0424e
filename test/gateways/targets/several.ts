import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { App } from '@tsgi/core';
import type { ForwardingApp } from '@tsgi/core/forward';
import { callApp } from '@tsgi/core/testing';
import { gateway as fcgi, serve as serveFcgi } from '@tsgi/fcgi-backend';
import { gateway as scgi, serve as serveScgi } from '@tsgi/scgi-backend';
import { onTestFinished } from 'vitest';

/** FastCGI with a connection for each request, with kept ones, and SCGI. */
export const WIRES = ['fcgi', 'fcgi, kept', 'scgi'] as const;
type SeveralWire = (typeof WIRES)[number];

/** What is between a gateway and a server: it can do all that a server, a machine or a network does. */
export class Relay {
  readonly name: string;
  /** Requests that the server has begun with, by their query string. */
  readonly seen: string[] = [];
  /** Where answers are cut off, by a reset of their connection: so many bytes from the end of their head. */
  cutAt: number | undefined;
  /** Connections are accepted, and that is all. */
  stalls = false;
  connections = 0;
  #behind = 0;
  #port = 0;
  #server: Server | undefined;
  readonly #sockets = new Set<Socket>();

  constructor(name: string) {
    this.name = name;
  }

  get port(): number {
    return this.#port;
  }

  async start(behind = this.#behind): Promise<this> {
    this.#behind = behind;
    const server = createServer((socket) => this.#accept(socket));
    this.#server = server;
    await once(server.listen(this.#port, '127.0.0.1'), 'listening');
    const address = server.address();
    if (typeof address === 'object' && address !== null) this.#port = address.port;
    return this;
  }

  /** As if its process were killed: connections are reset, and nobody listens. */
  kill(): void {
    this.#server?.close();
    for (const socket of this.#sockets) socket.resetAndDestroy();
    this.#sockets.clear();
  }

  #accept(socket: Socket): void {
    this.connections++;
    this.#sockets.add(socket);
    socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket));
    if (this.stalls) {
      socket.resume();
      return;
    }
    const behind = connect(this.#behind, '127.0.0.1').on('error', () => {});
    socket.pipe(behind);
    behind.on('data', (chunk: Buffer) => {
      const at = this.cutAt === undefined ? undefined : chunk.indexOf('\r\n\r\n') + 4 + this.cutAt;
      socket.write(chunk.subarray(0, at));
      if (at === undefined) return;
      behind.destroy();
      // A reset takes with it what was not read yet.
      setTimeout(() => socket.resetAndDestroy(), 30);
    });
    behind.on('end', () => socket.end());
    socket.on('close', () => behind.destroy());
  }
}

/** The application behind each: says its name, and holds a request as long as it is told. */
function appOf(relay: Relay, hold: () => Promise<unknown> | undefined): App {
  return async (environ, startResponse) => {
    relay.seen.push(environ.QUERY_STRING);
    let length = 0;
    for await (const chunk of environ['tsgi.input']) length += chunk.byteLength;
    await hold();
    startResponse('200 OK', [['Content-Type', 'text/plain']]);
    return [Buffer.from(`${relay.name} ${length}`)];
  };
}

export interface Several {
  readonly app: ForwardingApp;
  readonly relays: readonly [Relay, Relay, Relay];
  /** What the gateway has logged of its targets. */
  readonly lines: string[];
}

/** A gateway to three servers. */
export async function several(
  wire: SeveralWire,
  options: { responseTimeout?: number; pool?: number } = {},
  hold: (relay: Relay) => Promise<unknown> | undefined = () => undefined,
): Promise<Several> {
  const relays = [new Relay('a'), new Relay('b'), new Relay('c')] as const;
  for (const relay of relays) {
    const serve = wire === 'scgi' ? serveScgi : serveFcgi;
    const server = await serve(
      appOf(relay, () => hold(relay)),
      { port: 0, errors: () => {} },
    );
    await relay.start(server.port);
    onTestFinished(async () => {
      relay.kill();
      await server.close({ grace: 1 });
    });
  }
  const address = relays.map(({ port }) => `127.0.0.1:${port}`);
  const app =
    wire === 'scgi'
      ? scgi({ address, ...options })
      : fcgi({ address, ...(wire === 'fcgi' ? {} : { pool: 8 }), ...options });
  return { app, relays: [...relays], lines: [] };
}

/** What came of a load: answers by status, and by who gave them. */
export interface Outcome {
  readonly statuses: Record<string, number>;
  readonly names: Record<string, number>;
}

let requests = 0;

/** Sends requests, so many at a time. What a POST may never be is `twice`. */
export async function load(
  { app, lines }: Several,
  { count, atATime = 8, method = 'GET' }: { count: number; atATime?: number; method?: string },
  onAnswer: (answered: number) => unknown = () => {},
): Promise<Outcome> {
  const statuses: Record<string, number> = {};
  const names: Record<string, number> = {};
  let left = count;
  let answered = 0;
  const client = async (): Promise<void> => {
    while (left-- > 0) {
      const { status, text, errors, complete } = await callApp(app, {
        method,
        target: `/?${method}${++requests}`,
        ...(method === 'POST' ? { body: Buffer.from('body') } : {}),
      });
      const what = complete ? status.slice(0, 3) : 'cut';
      statuses[what] = (statuses[what] ?? 0) + 1;
      if (status.startsWith('200')) names[text[0] ?? ''] = (names[text[0] ?? ''] ?? 0) + 1;
      lines.push(...errors.split('\n').filter((line) => line.startsWith('gateway: ')));
      await onAnswer(++answered);
    }
  };
  await Promise.all(Array.from({ length: atATime }, client));
  return { statuses, names };
}

/** Requests that more than one server has begun with, or one twice. */
export function twice({ relays }: Several): string[] {
  const seen = relays.flatMap((relay) => relay.seen);
  return seen.filter((one, index) => seen.indexOf(one) !== index);
}
