import { resolve } from 'node:path';
import { httpSettings } from './http-settings.ts';
import { choices, count, duration, type Kind, pause, size, text, texts, toggle } from './kinds.ts';
import { BACKENDS } from './setting-table.ts';
import type {
  GatewayProtocolSettings,
  LimitSettings,
  ListenSettings,
  ObservingSettings,
  ServerSettings,
} from './settings.ts';
import type { SettingTable } from './setting-table.ts';
import { tlsSettings } from './tls-settings.ts';

const scriptName: Kind<string> = {
  ...text('PREFIX'),
  read(value) {
    // R26: the root is empty, not a slash. An empty one says more than none: the whole path is PATH_INFO.
    if (value === '' || value === '/') return '';
    if (typeof value === 'string' && /^(?:\/[^/?#\s]+)+$/.test(value)) return value;
    throw new Error(`expected a path such as /app, found ${JSON.stringify(value) ?? String(value)}`);
  },
};

const HABITS = [
  'leadingZeros',
  'missingComma',
  'missingNul',
  'emptyNames',
  'duplicateNames',
  'missingScgi',
  'lateContentLength',
  'missingContentLength',
] as const satisfies readonly ListenSettings['lenient'][number][];

/** `ServerSettings` as a table. */
export const serverSettings: SettingTable<ServerSettings> = {
  backend: {
    kind: { ...text(BACKENDS.join('|')), words: BACKENDS },
    help: 'the wire, and the scheme of a --bind without one',
    default: '(http, or found out)',
  },
  plugins: {
    kind: texts('MODULE'),
    help: 'a module that brings a wire, as its default export; repeatable',
    default: '(none)',
  },
  bind: {
    kind: texts('ADDRESS'),
    short: 'b',
    help: '[SCHEME://]HOST:PORT, [SCHEME+]unix:PATH[?mode=660&group=NAME] or [SCHEME+]fd:N; repeatable',
    default: '127.0.0.1:8000',
  },
  grace: { kind: duration, help: 'how long running requests may take at the end', default: '10s' },
  shutdownDelay: {
    kind: pause,
    help: 'how long requests are still taken after SIGTERM, while /ready of --metrics says 503: for several hosts behind one front end',
    default: '0',
  },
  scriptName: {
    kind: scriptName,
    help: 'where the app is mounted: SCRIPT_NAME; / for the root',
    default: '(as the web server says)',
  },
  reusePort: {
    kind: toggle,
    help: 'other processes may listen at the same TCP addresses, and share the connections (Node 22.12 or later)',
    default: 'off',
  },
};

/** `LimitSettings` as a table. */
export const limitSettings: SettingTable<LimitSettings> = {
  headSize: {
    kind: size,
    help: "a request's head: request line and headers, or variables; beyond it 431",
    default: { http: '16k', https: '16k', fcgi: '128k', scgi: '128k' },
  },
  headerCount: {
    kind: count,
    help: 'headers or variables of a request; beyond it 431',
    default: { http: '100', https: '100', fcgi: '1000', scgi: '1000' },
  },
  uriLength: { kind: size, help: 'the request target; beyond it 414', default: '8k' },
  maxBody: { kind: size, help: 'the body of a request; beyond it 413', default: 'unlimited' },
  headersTimeout: {
    kind: duration,
    help: 'until the head has come, from the connection or its first byte; then 408, or the end of the connection',
    default: '60s',
  },
  requestTimeout: {
    kind: duration,
    help: 'how long a body may stand still while it is read; then 408',
    default: '60s',
  },
  minimumRate: { kind: size, help: 'bytes a second that a body must reach in the long run; else 408', default: '240' },
  keepAliveTimeout: {
    kind: duration,
    help: 'between two requests of a connection',
    default: { http: '5s', https: '5s', fcgi: 'unlimited' },
  },
  sendTimeout: {
    kind: duration,
    help: 'how long a reader of the answer may stand still; then the connection is reset',
    default: '60s',
  },
  maxConnections: {
    kind: count,
    help: 'connections at a time on each address; further ones are closed at once',
    default: { http: 'unlimited', https: 'unlimited', scgi: 'unlimited', fcgi: '1000' },
  },
  maxRequestsPerConnection: { kind: count, help: 'requests of one connection', default: 'unlimited' },
  maxActiveRequests: { kind: count, help: 'requests at a time on each address; beyond it OVERLOADED', default: '1000' },
  pipelineSize: { kind: size, help: 'requests that are read ahead while one runs', default: '64k' },
  drainSize: { kind: size, help: 'an unread body that is taken off the wire after the answer', default: '1g' },
  drainTimeout: { kind: duration, help: 'how long that may take', default: '5s' },
};

/** `GatewayProtocolSettings` as a table. */
export const gatewayProtocolSettings: SettingTable<GatewayProtocolSettings> = {
  roles: {
    kind: choices(['RESPONDER', 'AUTHORIZER', 'FILTER'], 'ROLE'),
    help: 'RESPONDER, AUTHORIZER or FILTER, where not all are served; repeatable',
    default: '(all)',
  },
  halfClose: { kind: toggle, help: 'a web server that ends its side still waits for the answer', default: 'off' },
  multiplex: { kind: toggle, help: 'several requests at a time on one connection; --no-multiplex', default: 'on' },
  webServerAddrs: {
    kind: texts('IP'),
    help: 'an address that may connect, over TCP; repeatable',
    default: '(FCGI_WEB_SERVER_ADDRS, else everybody)',
  },
  lenient: {
    kind: choices(HABITS, 'HABIT'),
    help: `what a client may get wrong: ${HABITS.join(', ')}; repeatable`,
    default: '(none)',
  },
  environ: {
    kind: texts('NAME'),
    help: "a variable of the process that the environ has beside the request's; repeatable",
    default: '(none)',
  },
};

const logFile: Kind<string> = {
  ...text('FILE'),
  from: (folder, value) => (value === '-' ? value : resolve(folder, value)),
};

/** `ObservingSettings` as a table. */
export const observingSettings: SettingTable<ObservingSettings> = {
  accessLog: {
    kind: text('common|combined|json|FORMAT|off'),
    help: "a line for each request; FORMAT has Apache's directives: '%h %t \"%r\" %>s %D %L'",
    default: '(off; with --access-log-file combined)',
  },
  accessLogFile: {
    kind: logFile,
    help: 'where the lines are appended; - is standard output; opened anew at SIGUSR1',
    default: '(standard error)',
  },
  metrics: {
    kind: text('PORT|ADDRESS'),
    help: 'serves figures for Prometheus, /health, /ready and a status page; a port is one of 127.0.0.1',
    default: '(nowhere)',
  },
};

/** `ListenSettings` as a table. */
export const listenSettings: SettingTable<ListenSettings> = {
  ...serverSettings,
  ...tlsSettings,
  ...httpSettings,
  ...limitSettings,
  ...gatewayProtocolSettings,
  ...observingSettings,
};
