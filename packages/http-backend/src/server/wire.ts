import { createServer, type Server, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { App } from '@tsgi/core';
import type { ConnectionFacts } from '@tsgi/core/server';
import type { Connection, Wire } from '@tsgi/transport';
import { Http2Connection } from '../http2/http2-connection.ts';
import { HttpConnection } from '../http1/http-connection.ts';
import { checkedMaxConnections } from './limits.ts';
import { loadLlhttp } from '../http1/codec/llhttp.ts';
import type { HttpServerContext } from './server-context.ts';
import { OpeningConnection, type OpeningOptions } from './opening-connection.ts';
import { contextOf, type HttpOptions } from './options.ts';
import { createSharedReadServer } from '../socket/shared-read-socket.ts';
import { TlsIdentityStore, type TlsOptions, underTls } from './tls-server.ts';

/** What the PROXY headers of connections said, by the socket under TLS; addresses would not do: UNIX sockets have none. */
type ProxiedConnections = WeakMap<object, ConnectionFacts>;

/** HTTP on a socket, as the transport takes it. */
export interface HttpWire extends Wire {
  /** Takes new certificates; only with TLS. */
  reloadTls(options: TlsOptions): void;
}

/** The wire for these options: which protocols the first bytes may choose between, and what is under them. */
export function wireOf(options: HttpOptions): HttpWire {
  const context = contextOf(options);
  const { tls, errors, http2 = true, h2c = false, proxyProtocol = false } = options;
  const maxConnections = checkedMaxConnections(options);
  loadLlhttp();
  // Who speaks HTTP/2 loads it now, and not with the first connection.
  if (tls === undefined ? h2c : http2) process.getBuiltinModule('node:http2');
  const common = {
    scheme: context.scheme,
    ...(maxConnections === Infinity ? {} : { maxConnections }),
    ...(errors === undefined ? {} : { errors }),
    observer: options.observer,
  };
  if (tls !== undefined) return { ...common, ...overTls(context, new TlsIdentityStore(tls), http2, proxyProtocol) };
  const reloadTls = (): void => {
    throw new TypeError('reloadTls: the server does not speak TLS');
  };
  if (!h2c && !proxyProtocol) {
    return {
      ...common,
      reloadTls,
      createServer: createSharedReadServer,
      accept: (app, socket) => new HttpConnection(app, socket, context),
    };
  }
  const opening = {
    scheme: context.scheme,
    proxyProtocol,
    h2c,
    timeout: context.limits.headersTimeout,
    errors: context.traits.errors,
    observer: context.traits.observer,
  };
  return {
    ...common,
    reloadTls,
    accept: (app, socket) =>
      new OpeningConnection(socket, opening, ({ http2: isHttp2, proxied }) =>
        isHttp2
          ? new Http2Connection(app, socket, context, proxied)
          : new HttpConnection(app, socket, context, proxied),
      ),
  };
}

function overTls(
  context: HttpServerContext,
  store: TlsIdentityStore,
  http2: boolean,
  proxyProtocol: boolean,
): Pick<HttpWire, 'accept' | 'createServer' | 'reloadTls'> {
  const protocols = http2 ? ['h2', 'http/1.1'] : ['http/1.1'];
  const { headersTimeout } = context.limits;
  const proxied: ProxiedConnections = new WeakMap();
  const tlsServer = (listener: (socket: Socket) => void): Server =>
    store.createServer(listener, protocols, headersTimeout);
  return {
    reloadTls: (options) => store.reload(options),
    createServer: (listener) =>
      proxyProtocol ? proxyFirst(tlsServer(listener), proxied, context) : tlsServer(listener),
    accept(app: App, socket: Socket): Connection {
      const facts = proxyProtocol ? proxied.get(underTls(socket)) : undefined;
      if (proxyProtocol && facts === undefined) throw new TypeError('no PROXY header is known of this connection');
      const isHttp2 = (socket as TLSSocket).alpnProtocol === 'h2';
      return isHttp2
        ? new Http2Connection(app, socket, context, facts)
        : new HttpConnection(app, socket, context, facts);
    },
  };
}

/** A PROXY header comes before the TLS handshake, in the clear. */
function proxyFirst(inner: Server, proxied: ProxiedConnections, context: HttpServerContext): Server {
  const options: OpeningOptions = {
    scheme: 'https',
    proxyProtocol: true,
    h2c: false,
    timeout: context.limits.headersTimeout,
    errors: context.traits.errors,
    observer: context.traits.observer,
  };
  return createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => {
      // `close` tells the rest.
    });
    void new OpeningConnection(socket, options, (opening) => {
      if (opening.proxied !== undefined) proxied.set(socket, opening.proxied);
      inner.emit('connection', socket);
      return undefined;
    });
  });
}
