import type { Interface } from '@tsgi/adapters';
import type { Role } from '@tsgi/fcgi-backend';
import type { ScgiLeniency } from '@tsgi/scgi-backend';
import type { BackendName } from './setting-table.ts';
import type { HttpSettings } from './http-settings.ts';
import type { TlsSettings } from './tls-settings.ts';

export type { BackendName };

/** What bounds requests, answers and connections, under the same name on every wire that has it. Milliseconds, bytes. */
export interface LimitSettings {
  headSize: number;
  headerCount: number;
  uriLength: number;
  maxBody: number;
  headersTimeout: number;
  requestTimeout: number;
  minimumRate: number;
  keepAliveTimeout: number;
  sendTimeout: number;
  maxConnections: number;
  maxRequestsPerConnection: number;
  maxActiveRequests: number;
  pipelineSize: number;
  drainSize: number;
  drainTimeout: number;
}

/** What a server is, whatever it serves. Times are milliseconds, sizes bytes. */
export interface ServerSettings {
  /** The wire; also the scheme of bind addresses that name none. Default: found out, else `http`, or `https` with a key. */
  backend: string;
  /** Modules that bring wires of others: each has a `Backend` as its default export. Default: none. */
  plugins: readonly string[];
  /** Where to listen: `[SCHEME://]HOST:PORT`, `[SCHEME+]unix:PATH[?mode=660&group=NAME]`, `[SCHEME+]fd:N`. Default `127.0.0.1:8000`. */
  bind: readonly string[];
  /** How long running requests may take when the server is told to end. Default 10 s. */
  grace: number;
  /** How long requests are still taken after SIGTERM, while `/ready` says that they should go elsewhere. Default 0. */
  shutdownDelay: number;
  /** Where the application is mounted: `SCRIPT_NAME`, cut off the front of the path. Default: as the web server says. */
  scriptName: string;
  /** Other processes may listen at the same TCP addresses: SO_REUSEPORT. Default false. */
  reusePort: boolean;
}

/** What only one of the gateway protocols has. */
export interface GatewayProtocolSettings {
  /** FastCGI: the roles that are served. Default: all. */
  roles: readonly Role[];
  /** FastCGI: a web server that ends its side still waits for the answer. Default: it gave the request up. */
  halfClose: boolean;
  /** FastCGI: several requests at a time on one connection. Default true. */
  multiplex: boolean;
  /** FastCGI: the addresses that may connect, over TCP. Default: `FCGI_WEB_SERVER_ADDRS`, and without it everybody. */
  webServerAddrs: readonly string[];
  /** SCGI: habits of clients that are tolerated against the specification. Default: none. */
  lenient: readonly (keyof ScgiLeniency)[];
  /** CGI: variables of the process that the environ has beside those of the request. Default: none. */
  environ: readonly string[];
}

/** What can be seen of a server. */
export interface ObservingSettings {
  /** `common`, `combined`, `json`, a format in the words of Apache's `LogFormat`, or `off`. Default: off, or combined with a file. */
  accessLog: string;
  /** Where its lines go; `-` is standard output. Default: standard error. */
  accessLogFile: string;
  /** Where figures, health and the status page are served: a port of this machine, or an address. Default: nowhere. */
  metrics: string;
}

/** Where and how a server listens, whatever it serves. */
export interface ListenSettings
  extends ServerSettings, TlsSettings, HttpSettings, LimitSettings, GatewayProtocolSettings, ObservingSettings {}

/** Processes and threads, and what they may do. */
export interface WorkerSettings {
  /**
   * How many processes serve, and are replaced when they end: `auto` for one a core. Default: the command's own process
   * serves.
   */
  workers: number | 'auto';
  /** How long the event loop of a worker may stand still; then it is killed and replaced. Default: as long as it likes. */
  workerTimeout: number;
  /** Requests after which a worker makes way for another one; up to a tenth more or less. Default: unlimited. */
  maxRequests: number;
  /** Resident memory in bytes, beyond which a worker makes way for another one. Default: unlimited. */
  maxRss: number;
  /** The user that the workers become, with its groups: a name or a number. Default: as the process was started. */
  user: string;
  /** The group that the workers become: a name or a number. Default: the first one of `user`. */
  group: string;
  /** Where the PID of the process that starts the workers is written. Default: nowhere. */
  pidFile: string;
  /** Threads that run the application, each with one request at a time. Default: it runs where its requests are read. */
  threads: number;
  /** For development: workers start again when a file changes that the application imports, or its config file. Default false. */
  watch: boolean;
  /** What files and sockets that are made lack in permissions, as an octal number. Default: as the process was started. */
  umask: string;
}

/** What can be set for `tsgi serve`: by flag, config file or `TSGI_*` variable, in this order. */
export interface Settings extends ListenSettings, WorkerSettings {
  /** The module that exports the application: `./app.js`, or `./app.js:name` for another export than `default`. */
  app: string;
  /** How the application is called, where its shape does not tell. Default: as its shape says. */
  interface: Interface;
  /** Checks app and server against the rules while they serve, and logs what breaks one. Default false. */
  validate: boolean;
}
