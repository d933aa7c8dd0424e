import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { TsgiError } from '@tsgi/core';
import { encodeGetValuesResult } from '../src/codec/record-encoder.ts';
import { RequestDecoder } from '../src/codec/request-decoder.ts';
import { closing, socketPath } from './peer.ts';
import { end, OK, stdout } from './upstream.ts';

/** How the stand-in for php-fpm behaves. */
export interface Manners {
  /** Connections that are served at a time: the others wait in the order they came, as in a backlog. */
  readonly workers: number;
  /** The answer to GET_VALUES, names and values alternating: an empty one is an answer, too; `undefined`: the connection is closed. */
  readonly says?: readonly string[];
  /** Whether KEEP_CONN is heeded. */
  readonly keeps?: boolean;
  /** Called with the method of each request; may let it wait, or close the connection. */
  acts?(method: string, socket: Socket, nth: number): void | PromiseLike<void>;
}

export interface Workers {
  readonly address: string;
  /** Connections that carried a request, so far. */
  readonly connections: number;
  /** Times that it was asked for its values. */
  readonly questions: number;
  /** Of each request, whether it wanted the connection kept. */
  readonly kept: readonly boolean[];
  /** Connections that are there now. */
  readonly open: number;
}

/** An application whose workers each have one connection until it ends, as php-fpm's. */
export async function workers(manners: Manners): Promise<Workers> {
  const { workers: most, says, keeps = true, acts } = manners;
  const sockets = new Set<Socket>();
  const backlog: Socket[] = [];
  const state = { connections: 0, questions: 0, kept: [] as boolean[] };
  let busy = 0;

  const work = (): void => {
    while (busy < most) {
      const socket = backlog.shift();
      if (socket === undefined) return;
      if (socket.destroyed) continue;
      busy++;
      socket.once('close', () => {
        busy--;
        work();
      });
      speak(socket);
    }
  };

  const speak = (socket: Socket): void => {
    let nth = 0;
    const decoder = new RequestDecoder<{ keep: boolean; method: string }>({
      begin: (_id, _role, keep) => ({ keep, method: '' }),
      params(request, variables) {
        request.method = variables[variables.indexOf('REQUEST_METHOD') + 1] ?? '';
      },
      paramsRefused(_request, error: TsgiError) {
        throw error;
      },
      stdin() {},
      stdinEnd(request) {
        decoder.release(1);
        state.kept.push(request.keep);
        if (nth++ === 0) state.connections++;
        void (async () => {
          await acts?.(request.method, socket, nth);
          if (socket.destroyed) return;
          socket.write(Buffer.concat([stdout(`${OK}body`), end()]));
          if (!request.keep || !keeps) socket.end();
        })();
      },
      data() {},
      dataEnd() {},
      abort() {},
      getValues() {
        state.questions++;
        if (says === undefined) socket.destroy();
        else socket.end(encodeGetValuesResult(says));
      },
      unknownType() {},
    });
    socket.on('data', (chunk: Buffer) => decoder.push(chunk));
    socket.resume();
  };

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    socket.pause();
    backlog.push(socket);
    work();
  });
  const path = socketPath();
  await once(server.listen(path), 'listening');
  closing({
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  });
  return {
    address: `unix:${path}`,
    get connections() {
      return state.connections;
    },
    get questions() {
      return state.questions;
    },
    get kept() {
      return state.kept;
    },
    get open() {
      return sockets.size;
    },
  };
}
