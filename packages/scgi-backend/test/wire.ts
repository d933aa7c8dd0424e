import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunningServer } from '@tsgi/core';

let sockets = 0;

/** A path for a UNIX socket that nobody uses. */
export function socketPath(): string {
  return join(tmpdir(), `tsgi-scgi-${process.pid}-${++sockets}.sock`);
}

/** A netstring with these pairs in it, whatever they are. */
export function header(...variables: string[]): string {
  const block = variables.map((text) => `${text}\0`).join('');
  return `${block.length}:${block},`;
}

/** The header of a valid request. */
export function requestHeader(length: number, extra: Record<string, string> = {}): string {
  const variables = {
    CONTENT_LENGTH: String(length),
    SCGI: '1',
    REQUEST_METHOD: length > 0 ? 'POST' : 'GET',
    REQUEST_URI: '/',
    SCRIPT_NAME: '',
    PATH_INFO: '/',
    QUERY_STRING: '',
    SERVER_NAME: 'example.org',
    SERVER_PORT: '80',
    SERVER_PROTOCOL: 'HTTP/1.1',
    ...extra,
  };
  return header(...Object.entries(variables).flat());
}

/** The request of the SCGI specification's example. */
export const SPECIFICATION_EXAMPLE: string =
  '70:CONTENT_LENGTH\x0027\0SCGI\x001\0REQUEST_METHOD\0POST\0REQUEST_URI\0/deepthought\0,What is the answer to life?';

/** How a connection ended, and what came until then. */
export interface Outcome {
  text: string;
  /** `undefined` for an orderly end. */
  error: string | undefined;
}

export function connectToServer(server: RunningServer): Socket {
  const unix = /^scgi\+unix:(.*)$/.exec(server.address);
  return unix?.[1] === undefined
    ? createConnection({ host: '127.0.0.1', port: server.port ?? 0, allowHalfOpen: true })
    : createConnection({ path: unix[1], allowHalfOpen: true });
}

/** Collects what comes until the connection ends. */
export function outcome(socket: Socket): Promise<Outcome> {
  return new Promise((resolve) => {
    let text = '';
    let error: string | undefined;
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', (cause: NodeJS.ErrnoException) => {
      error = cause.code ?? cause.message;
    });
    socket.on('end', () => socket.end());
    socket.on('close', () => resolve({ text, error }));
  });
}

/** Sends bytes, leaves the connection open, and waits for the server to end it. */
export function exchange(server: RunningServer, bytes: string): Promise<Outcome> {
  const socket = connectToServer(server);
  socket.write(bytes, 'latin1');
  return outcome(socket);
}

/** Waits until `condition` holds; the test's own time limit ends a wait for what never comes. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
