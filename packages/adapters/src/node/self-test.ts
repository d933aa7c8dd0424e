import type { Header } from '@tsgi/core';
import { blankEnviron, createErrorStream } from '@tsgi/core/server';
import { createRequest } from './incoming-message.ts';
import { kNeedDrain, kOutHeaders } from './node-parts.ts';
import { createResponse } from './server-response.ts';
import { WireSocket } from './wire-socket.ts';

let known: boolean | undefined;

function tryAnswer(): boolean {
  const environ = blankEnviron({
    multithread: false,
    multiprocess: false,
    runOnce: false,
    concurrent: true,
    serverSoftware: 'self-test',
    errors: createErrorStream(() => {}),
  });
  Object.assign(environ, { REQUEST_METHOD: 'GET', REQUEST_URI: '/', PATH_INFO: '/', SERVER_PROTOCOL: 'HTTP/1.1' });
  const heads: string[] = [];
  const startResponse = (status: string, headers: Header[]): (() => Promise<void>) => {
    heads.push(status, ...headers.map((pair) => pair.join(':')));
    return () => Promise.resolve();
  };
  const socket = new WireSocket(environ, startResponse, undefined);
  const request = createRequest(environ, socket);
  const response = createResponse(request, socket);
  socket.attach(request, response);
  response.setHeader('X-A', ['1', '2']);
  response.statusCode = 201;
  response.write('x');
  response.end('y');
  const body = socket.body();
  const [chunk] = Array.isArray(body) ? (body as Uint8Array[]) : [];
  return heads.join() === '201 Created,X-A:1,X-A:2' && String(chunk) === 'xy' && response.finished;
}

/**
 * Whether the insides of Node's messages are as this package knows them (`_storeHeader`, `_finish`, two symbols): tried
 * once a process, with an answer that goes nowhere. Where not, the loopback bridge is slower and leans on none of them.
 */
export function nodeIsAsKnown(): boolean {
  if (known === undefined) {
    try {
      known = kOutHeaders !== undefined && kNeedDrain !== undefined && tryAnswer();
    } catch {
      known = false;
    }
  }
  return known;
}
