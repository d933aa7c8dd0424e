import type { Server, Socket } from 'node:net';
import type { SecureContext, SecureContextOptions, SecureVersion, Server as TlsServer } from 'node:tls';
import { Deadline, LONGEST_TIMER } from '@tsgi/core/clock';

/** PEM text. */
type Pem = string | Buffer | readonly (string | Buffer)[];

/** A certificate and its key. */
export interface TlsIdentity {
  key: string | Buffer;
  /** With the intermediate certificates behind it. */
  cert: string | Buffer;
  passphrase?: string;
}

/** TLS, as `serve` takes it. */
export interface TlsOptions extends TlsIdentity {
  /** Other identities by the name that the client asks for (SNI): `example.com`, or `*.example.com` for one label. */
  hosts?: Readonly<Record<string, TlsIdentity>>;
  /** Client certificates: `request` takes a connection without one, or with one that does not verify. Default: none asked. */
  clientCertificates?: 'request' | 'require';
  /** What client certificates are verified against. Default: Node's roots. */
  ca?: Pem;
  /** Default: TLSv1.2. */
  minVersion?: SecureVersion;
  /** Of TLS 1.2, in OpenSSL's words. Default: ECDHE with AES-GCM or ChaCha20. */
  ciphers?: string;
}

/**
 * Mozilla's "intermediate" (https://wiki.mozilla.org/Security/Server_Side_TLS) but for DHE, whose handshakes cost a server far more
 * than a client (CVE-2002-20001). Node's own list goes on to CBC and to key exchanges without forward secrecy, which HTTP/2
 * forbids (RFC 9113 §9.2.2) and testssl.sh holds against a server. TLS 1.3 has ciphers of its own.
 */
const CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

/** Loaded with the first certificate: a server without one does not need the memory. */
const tls = () => process.getBuiltinModule('node:tls');

function createSecureContext(options: SecureContextOptions): SecureContext {
  return tls().createSecureContext(options);
}

interface Identities {
  hosts: Map<string, SecureContext>;
}

function shared({ ca, minVersion = 'TLSv1.2', ciphers = CIPHERS }: TlsOptions): object {
  return {
    ciphers,
    honorCipherOrder: true,
    // A client of TLS 1.2 that renegotiates costs a handshake each time: Node counts ten minutes' worth, says so in an event, and
    // goes on. Nobody needs it: HTTP/2 forbids it (RFC 9113 §9.2.1), client certificates are asked for in the first handshake.
    secureOptions: process.getBuiltinModule('node:crypto').constants.SSL_OP_NO_RENEGOTIATION,
    ...(ca === undefined ? {} : { ca }),
    minVersion,
  };
}

function identitiesOf(options: TlsOptions): Identities {
  const hosts = Object.entries(options.hosts ?? {}).map(([host, identity]): [string, SecureContext] => [
    host.toLowerCase(),
    createSecureContext({ ...shared(options), ...identity }),
  ]);
  return { hosts: new Map(hosts) };
}

function find({ hosts }: Identities, name: string): SecureContext | undefined {
  const host = name.toLowerCase();
  return hosts.get(host) ?? hosts.get(`*${host.slice(Math.max(0, host.indexOf('.')))}`);
}

/** Makes TLS servers, and gives them new certificates while they run. */
export class TlsIdentityStore {
  #options: TlsOptions;
  #identities: Identities;
  readonly #servers = new Set<TlsServer>();

  /** @throws what OpenSSL says of a key or a certificate that is none. */
  constructor(options: TlsOptions) {
    this.#options = options;
    this.#identities = identitiesOf(options);
    createSecureContext({ ...shared(options), ...identity(options) });
  }

  /**
   * Takes new certificates for new connections; those that are open go on.
   *
   * @throws what OpenSSL says; then the old ones stay.
   */
  reload(options: TlsOptions): void {
    const identities = identitiesOf(options);
    createSecureContext({ ...shared(options), ...identity(options) });
    this.#options = options;
    this.#identities = identities;
    for (const server of this.#servers) server.setSecureContext({ ...shared(options), ...identity(options) });
  }

  /**
   * @param protocols for ALPN, the preferred one first.
   * @param handshakeTimeout milliseconds.
   */
  createServer(listener: (socket: Socket) => void, protocols: string[], handshakeTimeout: number): Server {
    const options = this.#options;
    const handshakes = new WeakMap<object, Deadline>();
    const server = tls().createServer(
      {
        ...shared(options),
        ...identity(options),
        // A client that ends within the handshake is gone; behind it, what its end means is the protocol's to say.
        allowHalfOpen: false,
        noDelay: true,
        // Ours, below, lets the loop read first.
        handshakeTimeout: LONGEST_TIMER,
        ALPNProtocols: protocols,
        requestCert: options.clientCertificates !== undefined,
        rejectUnauthorized: options.clientCertificates === 'require',
        SNICallback: (name, done) => done(null, find(this.#identities, name)),
      },
      (socket) => {
        handshakes.get(underTls(socket))?.clear();
        socket.allowHalfOpen = true;
        listener(socket);
      },
    );
    server.on('connection', (socket: Socket) => {
      const deadline = new Deadline(() => socket.destroy());
      deadline.in(handshakeTimeout);
      handshakes.set(socket, deadline);
      socket.once('close', () => deadline.clear());
    });
    // A client that does not speak TLS, or not ours: its connection is closed, and that is all there is to say.
    server.on('tlsClientError', (_error, socket) => socket.destroy());
    this.#servers.add(server);
    server.once('close', () => this.#servers.delete(server));
    return server;
  }
}

/** The socket under a TLS socket, by the name that Node has had for it since 0.11; where there is none, itself. */
export function underTls(socket: Socket): object {
  const { _parent: under } = socket as Socket & { _parent?: unknown };
  return typeof under === 'object' && under !== null ? under : socket;
}

function identity({ key, cert, passphrase }: TlsIdentity): TlsIdentity {
  return passphrase === undefined ? { key, cert } : { key, cert, passphrase };
}
