import type { App, Environ, RunningServer } from '@tsgi/core';
import { serve, type ServeOptions } from '../../src/index.ts';
import { RawClient } from './raw-client.ts';
import { parseResponses, type Response } from './responses.ts';

/** A server of one test. */
export interface Serving extends AsyncDisposable {
  readonly server: RunningServer;
  readonly port: number;
  /** What went to `tsgi.errors` and to the server's log. */
  readonly log: string[];
  connect(): Promise<RawClient>;
  /** Sockets of this process beside those of the clients. */
  open(): number;
  /** Sends bytes on a new connection, ends our side, and reads to the end. */
  ask(bytes: string | Uint8Array, heads?: readonly boolean[]): Promise<Response[]>;
}

export async function serving(app: App, options: ServeOptions = {}): Promise<Serving> {
  const log: string[] = [];
  const server = await serve(app, { port: 0, errors: (text) => log.push(text), ...options });
  const port = server.port ?? 0;
  const clients: RawClient[] = [];
  const open = async (): Promise<RawClient> => {
    const client = await RawClient.connect({ host: '127.0.0.1', port });
    clients.push(client);
    return client;
  };
  return {
    server,
    port,
    log,
    connect: open,
    open: () => {
      const sockets = process.getActiveResourcesInfo().filter((type) => type === 'TCPSocketWrap').length;
      return sockets - clients.filter(({ socket }) => !socket.destroyed).length;
    },
    async ask(bytes, heads) {
      const client = await open();
      client.send(bytes);
      client.end();
      return parseResponses(await client.rest(), heads);
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.destroy();
      await server.close({ grace: 0 });
    },
  };
}

const encoder = new TextEncoder();

export function bytes(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Answers with the method, the path, and the body in brackets. */
export const echo: App = async (environ: Environ, startResponse) => {
  const body = Buffer.from(await environ['tsgi.input'].read()).toString('latin1');
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [bytes(`${environ.REQUEST_METHOD} ${environ.PATH_INFO} [${body}]`)];
};

/** Answers at once. */
export const hello: App = (_environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [bytes('hello')];
};
