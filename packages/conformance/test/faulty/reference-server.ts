import { createServer, type Socket } from 'node:net';
import { createErrorStream, environFromHead, RequestBody, type RequestHead } from '@tsgi/core/server';
import { declaredLength } from '@tsgi/core/cgi';
import { TsgiAbortError, type App, type Environ } from '@tsgi/core';
import type { Driver } from '../../src/index.ts';
import type { ReferenceExchange } from './reference-exchange.ts';
import { ReferenceWire } from './reference-wire.ts';

const TRAITS = {
  multithread: false,
  multiprocess: false,
  runOnce: false,
  concurrent: true,
  serverSoftware: 'reference',
  errors: createErrorStream(() => {}),
};

function parseHead(text: string): RequestHead {
  const [requestLine = '', ...fields] = text.split('\r\n');
  const [method = '', target = '', protocol = ''] = requestLine.split(' ');
  const headers = fields.flatMap((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  return { method, target, protocol, headers };
}

/** Reads one request, whose body has a length or none, and answers it. */
function serveOne(socket: Socket, app: App, Exchange: typeof ReferenceExchange): void {
  let received = Buffer.alloc(0);
  let body: RequestBody | undefined;
  let exchange: ReferenceExchange | undefined;
  const begin = (environ: Environ, rest: Buffer): void => {
    const expected = declaredLength(environ) ?? 0;
    body = new RequestBody({ expected, onWanted: () => socket.resume() });
    environ['tsgi.input'] = body.input;
    if (rest.byteLength > 0 && !body.push(rest)) socket.pause();
    exchange = new Exchange(app, environ, new ReferenceWire(socket));
    void exchange.run();
  };
  const gone = (): void => {
    body?.fail(new TsgiAbortError('the peer is gone'));
    exchange?.peerGone();
  };
  socket.on('data', (bytes: Buffer) => {
    if (body !== undefined) {
      if (!body.push(bytes)) socket.pause();
      return;
    }
    received = Buffer.concat([received, bytes]);
    const end = received.indexOf('\r\n\r\n');
    if (end === -1) return;
    const head = parseHead(received.toString('latin1', 0, end));
    const facts = { scheme: 'http', serverName: '127.0.0.1', serverPort: '80' } as const;
    begin(environFromHead(head, facts, TRAITS), received.subarray(end + 4));
  });
  socket.on('end', () => body?.end());
  socket.on('error', gone);
  socket.on('close', gone);
}

/** An HTTP server around a run loop of the caller's. */
export function referenceDriver(name: string, exchange: typeof ReferenceExchange): Driver {
  return {
    name,
    wire: 'http',
    start: (app) =>
      new Promise((resolve) => {
        const sockets = new Set<Socket>();
        const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
          sockets.add(socket);
          socket.once('close', () => sockets.delete(socket));
          serveOne(socket, app, exchange);
        });
        server.listen(0, '127.0.0.1', () => {
          const address = server.address();
          const port = typeof address === 'object' && address !== null ? address.port : 0;
          resolve({
            target: { wire: 'http', host: '127.0.0.1', port },
            stop: async () => {
              for (const socket of sockets) socket.destroy();
              await new Promise((done) => server.close(done));
            },
          });
        });
      }),
  };
}
