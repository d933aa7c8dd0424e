import type { ServeOptions as CgiOptions } from '@tsgi/cgi-backend';
import type { App, RunningServer } from '@tsgi/core';
import type { ServeOptions as FcgiOptions } from '@tsgi/fcgi-backend';
import type { ServeOptions as HttpOptions } from '@tsgi/http-backend';
import type { ServeOptions as ScgiOptions } from '@tsgi/scgi-backend';
import type { Address } from '@tsgi/transport';
import type { Layer } from './layers.ts';
import { pick } from './pick.ts';
import type { BackendName } from './backend-name.ts';
import type { ListenSettings, Settings } from './settings.ts';

/** What every wire that listens is told. */
export interface ListenOptions {
  readonly address: Address;
  readonly reusePort: boolean;
  readonly multiprocess: boolean;
  readonly scriptName?: string;
}

/** One wire, as the command knows it. To add one: its name in `settings.ts`, and a line in `WIRES`. */
export interface Wire {
  /** The settings that it obeys; set for a wire that does not, one is refused. */
  readonly obeys: readonly (keyof Settings)[];
  /** Loads the backend and listens. A wire without it answers one request, on standard input and output. */
  readonly listen?: (app: App, options: ListenOptions, layer: Layer<ListenSettings>) => Promise<RunningServer>;
}

/** Options that the command makes of others, or that only code can give. */
type Elsewhere = keyof ListenOptions | 'host' | 'port' | 'path' | 'mode' | 'group' | 'fd' | 'errors' | 'multithread';

/**
 * Every option of a backend's `serve` is a setting of the command, or it is said here why it is none. The compiler holds
 * this: an option that is added to a backend needs its line, and its flag.
 */
type Obeyed<Options> = {
  readonly [Key in Exclude<keyof Options, Elsewhere>]-?: Key extends keyof ListenSettings ? true : string;
};

const http: Obeyed<HttpOptions> = {
  headSize: true,
  headerCount: true,
  uriLength: true,
  maxBody: true,
  headersTimeout: true,
  requestTimeout: true,
  minimumRate: true,
  keepAliveTimeout: true,
  sendTimeout: true,
  maxConnections: true,
  maxRequestsPerConnection: true,
  pipelineSize: true,
  drainSize: true,
  drainTimeout: true,
  trustedPeers: true,
  proxyProtocol: true,
  serverHeader: true,
  http2: true,
  h2c: true,
  tls: 'the settings of TLS, which name files',
};

const fcgi: Obeyed<FcgiOptions> = {
  headSize: true,
  headerCount: true,
  headersTimeout: true,
  requestTimeout: true,
  keepAliveTimeout: true,
  maxBody: true,
  minimumRate: true,
  sendTimeout: true,
  drainSize: true,
  drainTimeout: true,
  maxConnections: true,
  maxRequestsPerConnection: true,
  maxRequests: true,
  roles: true,
  halfClose: true,
  multiplex: true,
  webServerAddrs: true,
};

const scgi: Obeyed<ScgiOptions> = {
  headSize: true,
  headerCount: true,
  headersTimeout: true,
  requestTimeout: true,
  maxBody: true,
  minimumRate: true,
  sendTimeout: true,
  drainSize: true,
  drainTimeout: true,
  maxConnections: true,
  lenient: true,
};

const cgi: Obeyed<CgiOptions> = { environ: true };

/** Not the wire's own affair: they are obeyed wherever something listens. */
const LISTENING = ['bind', 'grace', 'reusePort', 'workers', 'workerTimeout', 'pidFile'] as const;
const EVERYWHERE = ['backend', 'scriptName'] as const;

const TLS = [
  'tlsKey',
  'tlsCert',
  'tlsPassphraseFile',
  'tlsHosts',
  'tlsCa',
  'tlsClientCertificates',
  'tlsMinVersion',
  'tlsCiphers',
] as const;

const httpKeys = settingsIn(http);
const fcgiKeys = settingsIn(fcgi);
const scgiKeys = settingsIn(scgi);
const withoutTls = httpKeys.filter((key) => key !== 'http2');
const withTls = httpKeys.filter((key) => key !== 'h2c');

/** All wires. Each backend is loaded when its wire is asked for: the others cost nothing. */
export const WIRES: Readonly<Record<BackendName, Wire>> = {
  http: {
    obeys: [...EVERYWHERE, ...LISTENING, ...withoutTls],
    async listen(app, options, layer) {
      const { serve } = await import('@tsgi/http-backend');
      return serve(app, { ...options, ...pick(layer.values, withoutTls) });
    },
  },
  https: {
    obeys: [...EVERYWHERE, ...LISTENING, ...TLS, ...withTls],
    async listen(app, options, layer) {
      const { serve } = await import('@tsgi/http-backend');
      const { loadTls } = await import('../serving/load-tls.ts');
      return serve(app, { ...options, ...pick(layer.values, withTls), tls: loadTls(layer) });
    },
  },
  fcgi: {
    obeys: [...EVERYWHERE, ...LISTENING, ...fcgiKeys],
    async listen(app, options, layer) {
      const { serve } = await import('@tsgi/fcgi-backend');
      return serve(app, { ...options, ...pick(layer.values, fcgiKeys) });
    },
  },
  scgi: {
    obeys: [...EVERYWHERE, ...LISTENING, ...scgiKeys],
    async listen(app, options, layer) {
      const { serve } = await import('@tsgi/scgi-backend');
      const { lenient = [], ...set } = pick(layer.values, scgiKeys);
      return serve(app, { ...options, ...set, lenient: Object.fromEntries(lenient.map((habit) => [habit, true])) });
    },
  },
  // `bind` may stand in a config file, where a change of wires is one word.
  cgi: { obeys: [...EVERYWHERE, 'bind', ...settingsIn(cgi)] },
};

/** The wires that obey a setting; none for what is no wire's affair, such as `validate`. */
export function wiresThatObey(key: string): BackendName[] {
  const names = Object.keys(WIRES) as BackendName[];
  return names.filter((name) => (WIRES[name].obeys as readonly string[]).includes(key));
}

/** The same for readers: none are named where all that listen obey. */
export function wiresToName(key: string): BackendName[] {
  const names = wiresThatObey(key);
  const listening = names.filter((name) => WIRES[name].listen !== undefined);
  return listening.length === Object.keys(WIRES).length - 1 ? [] : names;
}

function settingsIn<Options>(obeyed: Obeyed<Options>): (keyof Options & keyof ListenSettings)[] {
  const keys = Object.keys(obeyed) as (keyof Obeyed<Options>)[];
  return keys.filter((key) => obeyed[key] === true) as unknown as (keyof Options & keyof ListenSettings)[];
}
