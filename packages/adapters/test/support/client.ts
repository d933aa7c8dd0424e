import { type ClientHttp2Session, connect } from 'node:http2';
import { Agent, request as httpsRequest } from 'node:https';
import type { Readable } from 'node:stream';

/** A request of the matrix. A body that is a stream has no length beforehand. */
export interface Sent {
  method?: string;
  headers?: Record<string, string>;
  body?: Buffer | Readable;
}

/** An answer whose head has come. */
export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  stream: Readable;
  /** Leaves, without waiting for the rest. */
  leave(): void;
}

export interface Client {
  send(path: string, sent?: Sent): Promise<Answer>;
  close(): void;
}

function http1(port: number): Client {
  const agent = new Agent({ keepAlive: true });
  return {
    send: (path, { method = 'GET', headers = {}, body } = {}) =>
      new Promise((resolve, reject) => {
        const length = Buffer.isBuffer(body) ? { 'content-length': String(body.byteLength) } : {};
        // `ALPNProtocols` is Node's, and missing in its types.
        const tls = { rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] };
        const request = httpsRequest({
          ...tls,
          agent,
          port,
          path,
          method,
          headers: { host: 'example.test:8443', ...length, ...headers },
        });
        request.on('response', (response) =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            stream: response,
            leave: () => request.destroy(),
          }),
        );
        request.on('error', reject);
        if (body === undefined || Buffer.isBuffer(body)) request.end(body);
        else body.pipe(request);
      }),
    close: () => agent.destroy(),
  };
}

/** A connection for each request: one that stands still would hold up the others, by the connection's window. */
function http2(port: number): Client {
  const sessions = new Set<ClientHttp2Session>();
  return {
    send: (path, { method = 'GET', headers = {}, body } = {}) =>
      new Promise((resolve, reject) => {
        // The client's own bound, for a body of 10 MiB at once.
        const session = connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false, maxSessionMemory: 64 });
        sessions.add(session);
        session.on('error', reject);
        const authority = 'example.test:8443';
        const stream = session.request({ ':path': path, ':method': method, ':authority': authority, ...headers });
        stream.on('response', (received) =>
          resolve({
            status: received[':status'] ?? 0,
            headers: received as Answer['headers'],
            stream,
            leave: () => stream.close(8),
          }),
        );
        stream.on('error', reject);
        stream.on('close', () => {
          session.close();
          sessions.delete(session);
        });
        if (body === undefined || Buffer.isBuffer(body)) stream.end(body);
        else body.pipe(stream);
      }),
    close() {
      for (const session of sessions) session.destroy();
    },
  };
}

export const clients = { http1, http2 };

export async function textOf(answer: Answer): Promise<string> {
  let text = '';
  answer.stream.setEncoding('utf8');
  for await (const piece of answer.stream) text += piece as string;
  return text;
}
