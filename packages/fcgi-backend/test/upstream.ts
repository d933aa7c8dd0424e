import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { gateway, type GatewayOptions } from '../src/index.ts';
import type { App } from '@tsgi/core';
import { RequestDecoder } from '../src/codec/request-decoder.ts';
import { closing, socketPath } from './peer.ts';
import { END, record, STDOUT } from './records.ts';

/** A FastCGI application in a test's hands: it hears a request and sends whatever bytes it likes. */
interface Call {
  readonly socket: Socket;
  /** How many connections there were before this one. */
  readonly connection: number;
  readonly keep: boolean;
  readonly variables: Readonly<Record<string, string>>;
  readonly body: Buffer;
  send(...bytes: Uint8Array[]): void;
}

export interface Script {
  /** At the end of STDIN. */
  onRequest?(call: Call): void;
  /** At the end of PARAMS. */
  onParams?(call: Call): void;
  onConnection?(socket: Socket, connection: number): void;
  onRecords?(bytes: Buffer): void;
}

export interface ScriptedUpstream {
  readonly app: App;
  readonly path: string;
  connections(): number;
}

/** A gateway, and a scripted application behind it. */
export async function upstream(script: Script, options: Partial<GatewayOptions> = {}): Promise<ScriptedUpstream> {
  let connections = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const connection = connections++;
    sockets.add(socket);
    socket.on('error', () => {});
    script.onConnection?.(socket, connection);
    const call = (keep: boolean): Call & { body: Buffer; variables: Record<string, string> } => ({
      socket,
      connection,
      keep,
      variables: {},
      body: Buffer.alloc(0),
      send: (...bytes) => void socket.write(Buffer.concat(bytes)),
    });
    const decoder = new RequestDecoder<ReturnType<typeof call>>({
      begin: (_id, _role, keep) => call(keep),
      params(request, variables) {
        for (let index = 0; index < variables.length; index += 2) {
          request.variables[variables[index] ?? ''] = variables[index + 1] ?? '';
        }
        script.onParams?.(request);
      },
      paramsRefused(_request, error) {
        throw error;
      },
      stdin(request, chunk) {
        request.body = Buffer.concat([request.body, chunk]);
      },
      stdinEnd(request) {
        decoder.release(1);
        script.onRequest?.(request);
      },
      data() {},
      dataEnd() {},
      abort() {},
      getValues() {},
      unknownType() {},
    });
    socket.on('data', (chunk: Buffer) => {
      script.onRecords?.(chunk);
      decoder.push(chunk);
    });
  });
  const path = socketPath();
  await once(server.listen(path), 'listening');
  closing({
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  });
  return { app: gateway({ address: `unix:${path}`, ...options }), path, connections: () => connections };
}

/** STDOUT with this text; the spec's empty record comes after it unless php-fpm's way is wanted. */
export function stdout(text: string): Buffer {
  return record(STDOUT, 1, text);
}

export function end(appStatus = 0, protocolStatus = 0): Buffer {
  return record(END, 1, Buffer.of(0, 0, 0, appStatus, protocolStatus, 0, 0, 0));
}

export const OK = 'Status: 200 OK\r\nContent-Type: text/plain\r\n\r\n';
