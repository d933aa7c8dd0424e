import type { ServeOptions as CgiOptions } from '@tsgi/cgi-backend';
import type { App, Backend, RunningServer } from '@tsgi/core';
import type { ServerObserver } from '@tsgi/core/server';
import type { ServeOptions as FcgiOptions } from '@tsgi/fcgi-backend';
import type { ServeOptions as HttpOptions } from '@tsgi/http-backend';
import type { ServeOptions as ScgiOptions } from '@tsgi/scgi-backend';
import type { Address } from '@tsgi/transport';
import { type Layer, pick } from './layers.ts';
import type { BackendName } from './setting-table.ts';
import type { ListenSettings, Settings } from './settings.ts';

/** What every wire that listens is told. */
export interface ListenOptions {
  readonly address: Address;
  readonly reusePort: boolean;
  readonly multiprocess: boolean;
  readonly scriptName?: string;
  readonly observer?: ServerObserver;
}

/** One wire, as the command knows it. To add one of ours: its name in `settings.ts`, and a line in `BUILT_IN`. */
export interface Wire {
  /** The settings that it obeys; set for a wire that does not, one is refused. */
  readonly obeys: readonly (keyof Settings)[];
  /** Loads the backend and listens. A wire without it answers one request, on standard input and output. */
  readonly listen?: (app: App, options: ListenOptions, layer: Layer<ListenSettings>) => Promise<RunningServer>;
  /** Forwards over this wire. Those that are ours are made by `gateway-app.ts`. */
  readonly gateway?: (options: object) => App;
}

/** Options that the command makes of others, or that only code can give. */
type Elsewhere = keyof ListenOptions | 'host' | 'port' | 'path' | 'mode' | 'group' | 'fd' | 'errors' | 'multithread';

/**
 * Every option of a backend's `serve` is a setting of the command, or it is said here why it is none. The compiler holds
 * this: an option that is added to a backend needs its line, and its flag.
 */
export type Obeyed<Options, Settings, Elsewhere> = {
  readonly [Key in Exclude<keyof Options, Elsewhere>]-?: Key extends keyof Settings ? true : string;
};

type Served<Options> = Obeyed<Options, ListenSettings, Elsewhere>;

const http: Served<HttpOptions> = {
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

const fcgi: Served<FcgiOptions> = {
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
  maxActiveRequests: true,
  roles: true,
  halfClose: true,
  multiplex: true,
  webServerAddrs: true,
};

const scgi: Served<ScgiOptions> = {
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

const cgi: Served<CgiOptions> = { environ: true };

/** Not the wire's own affair: they are obeyed wherever something listens. */
const LISTENING = [
  'bind',
  'grace',
  'shutdownDelay',
  'reusePort',
  'workers',
  'workerTimeout',
  'maxRequests',
  'maxRss',
  'user',
  'group',
  'pidFile',
  'threads',
  'watch',
  'accessLog',
  'accessLogFile',
  'metrics',
] as const;
const EVERYWHERE = ['backend', 'plugins', 'scriptName'] as const;

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

/** Each backend is loaded when its wire is asked for: the others cost nothing. */
const BUILT_IN: Readonly<Record<BackendName, Wire>> = {
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

/** All wires by name: ours, and those that plugins have brought. */
const wires = new Map<string, Wire>(Object.entries(BUILT_IN));

/** The wire of this name; `undefined` when there is none. */
export function wireNamed(name: string): Wire | undefined {
  return wires.get(name);
}

/** The names of all wires. */
export function allWires(): string[] {
  return [...wires.keys()];
}

/** The names of those that listen. */
export function listeningWires(): string[] {
  return allWires().filter((name) => wires.get(name)?.listen !== undefined);
}

/** A wire of somebody else's. @throws Error when its name is taken. */
export function addWire({ name, obeys = [], gateway, ...backend }: Backend): void {
  if (wires.has(name)) throw new Error(`there is a wire ${name} already`);
  wires.set(name, {
    obeys: [...EVERYWHERE, ...LISTENING, ...obeys] as (keyof ListenSettings)[],
    listen: (app, options, { values }) =>
      backend.serve(app, { ...options, ...pick(values, obeys as (keyof ListenSettings)[]) }),
    ...(gateway === undefined ? undefined : { gateway }),
  });
}

/** Whether a wire obeys a setting. */
export function obeys(wire: string, key: string): boolean {
  return (wires.get(wire)?.obeys as readonly string[] | undefined)?.includes(key) === true;
}

/** The wires that obey a setting; none for what is no wire's affair, such as `validate`. */
export function wiresThatObey(key: string): string[] {
  return allWires().filter((name) => obeys(name, key));
}

/** The same for readers: none are named where all that listen obey. */
export function wiresToName(key: string): string[] {
  const names = wiresThatObey(key);
  return listeningWires().every((name) => names.includes(name)) ? [] : names;
}

type SettingsIn<All> = { [Key in keyof All]: All[Key] extends true ? Key : never }[keyof All];

/** The settings among them. */
export function settingsIn<All extends object>(obeyed: All): SettingsIn<All>[] {
  const keys = Object.keys(obeyed) as SettingsIn<All>[];
  return keys.filter((key) => obeyed[key] === true);
}
