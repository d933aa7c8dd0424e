import type { Server, Socket } from 'node:net';
import {
  createSecureContext,
  createServer,
  type SecureContext,
  type SecureVersion,
  type Server as TlsServer,
} from 'node:tls';

/** What is longer, `Infinity` for one, a timer of Node takes for 1 ms. */
const LONGEST_TIMER = 2 ** 31 - 1;

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
  /** Default: Node's, TLSv1.2. */
  minVersion?: SecureVersion;
  /** Default: Node's. */
  ciphers?: string;
}

interface Identities {
  hosts: Map<string, SecureContext>;
}

function shared({ ca, minVersion, ciphers }: TlsOptions): object {
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(minVersion === undefined ? {} : { minVersion }),
    ...(ciphers === undefined ? {} : { ciphers }),
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

  /** @param protocols for ALPN, the preferred one first. */
  createServer(listener: (socket: Socket) => void, protocols: string[], handshakeTimeout: number): Server {
    const options = this.#options;
    const server = createServer(
      {
        ...shared(options),
        ...identity(options),
        // A client that ends within the handshake is gone; behind it, what its end means is the protocol's to say.
        allowHalfOpen: false,
        noDelay: true,
        handshakeTimeout: Math.min(handshakeTimeout, LONGEST_TIMER),
        ALPNProtocols: protocols,
        requestCert: options.clientCertificates !== undefined,
        rejectUnauthorized: options.clientCertificates === 'require',
        SNICallback: (name, done) => done(null, find(this.#identities, name)),
      },
      (socket) => {
        socket.allowHalfOpen = true;
        listener(socket);
      },
    );
    // A client that does not speak TLS, or not ours: its connection is closed, and that is all there is to say.
    server.on('tlsClientError', (_error, socket) => socket.destroy());
    this.#servers.add(server);
    server.once('close', () => this.#servers.delete(server));
    return server;
  }
}

function identity({ key, cert, passphrase }: TlsIdentity): TlsIdentity {
  return passphrase === undefined ? { key, cert } : { key, cert, passphrase };
}
