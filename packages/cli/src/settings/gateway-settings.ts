import { choice, count, duration, expected, file, type Kind, several, size, text, texts, toggle } from './kinds.ts';
import { listenSettings } from './listen-settings.ts';
import type { ListenSettings } from './settings.ts';
import type { SettingTable } from './setting-table.ts';

/** What a gateway can forward to. */
export type DestinationWire = 'fcgi' | 'scgi' | 'cgi' | 'spawn';

/** When FastCGI programs are started. */
const MODES = ['static', 'dynamic', 'ondemand'] as const;

/** How a gateway forwards. Times are milliseconds, sizes bytes. */
export interface ForwardSettings {
  to: readonly string[];
  root: string;
  static: boolean;
  connectTimeout: number;
  responseTimeout: number;
  idleTimeout: number;
  maxSpool: number;
  redirectTo: string;
  sendfile: string;
  pool: number;
  extension: string;
  params: readonly string[];
  args: readonly string[];
  env: readonly string[];
  authorization: boolean;
  maxProcesses: number;
  spawn: string;
  mode: (typeof MODES)[number];
  maxChildren: number;
  minSpare: number;
  maxSpare: number;
  processIdleTimeout: number;
  maxRequests: number;
  busyTimeout: number;
  queue: number;
  queueTimeout: number;
  startTimeout: number;
}

/** What can be set for `tsgi gateway`. */
export interface GatewaySettings extends ForwardSettings, ListenSettings {}

/** `NAME=VALUE`, where the value may be empty. */
export function parseParam(value: string): [name: string, value: string] {
  const equals = value.indexOf('=');
  if (equals < 1) throw expected('NAME=VALUE', value);
  return [value.slice(0, equals), value.slice(equals + 1)];
}

const param: Kind<string> = {
  ...text('NAME=VALUE'),
  read(value) {
    const given = text('NAME=VALUE').read(value);
    parseParam(given);
    return given;
  },
};

/** Any text, the empty one too: an argument may be empty, and an extension that is means every name. */
const anyText = (placeholder: string): Kind<string> => ({
  ...text(placeholder),
  read: (value) => (value === '' ? '' : text(placeholder).read(value)),
});

/** `ForwardSettings` as a table. */
export const forwardSettings: SettingTable<ForwardSettings> = {
  to: {
    kind: texts('ADDRESS'),
    help: 'fcgi://HOST:PORT, fcgi+unix:PATH, the same with scgi, cgi:PROGRAM, or cgi with --root; repeatable: servers that answer the same',
  },
  root: {
    kind: text('FOLDER'),
    help: 'looks programs up in a folder, for fcgi .php files, for cgi executables; what is not there is 404',
    default: '(everything is forwarded)',
  },
  static: { kind: toggle, help: 'sends the other files below --root as they are', default: 'off' },
  connectTimeout: {
    kind: duration,
    help: 'until a connection is made, to whichever server; beyond it 502',
    default: '3s',
  },
  responseTimeout: { kind: duration, help: "until the answer's head has come; beyond it 504", default: '60s' },
  idleTimeout: {
    kind: duration,
    help: "between two pieces of the answer's body; beyond it the answer is cut off",
    default: '60s',
  },
  maxSpool: {
    kind: size,
    help: 'how much of a body of unknown length is held in memory; the rest goes into a file',
    default: '16m',
  },
  redirectTo: {
    kind: file('APP'),
    help: "the app that answers a program's Location: /path",
    default: '(what answers a client for that path)',
  },
  sendfile: {
    kind: file('FOLDER'),
    help: 'sends the files below it that programs name with X-Accel-Redirect or X-Sendfile',
    default: '(these headers are left out)',
  },
  pool: {
    kind: count,
    help: 'connections to a server at most, and kept, fewer than php-fpm has processes; 0: one for each request',
    default: '(under load as many as the server allows)',
  },
  extension: { kind: anyText('TEXT'), help: 'ends the name of a program below --root', default: '.php' },
  params: {
    kind: several(param),
    help: 'a variable for every request, stronger than its own; repeatable',
    default: '(none)',
  },
  args: { kind: several(anyText('ARG')), help: 'an argument of cgi:PROGRAM; repeatable', default: '(none)' },
  env: {
    kind: texts('NAME[=VALUE]'),
    help: 'a variable that programs get, beside PATH, LANG and TZ; repeatable',
    default: '(none)',
  },
  authorization: { kind: toggle, help: 'programs see the Authorization header', default: 'off' },
  maxProcesses: { kind: count, help: 'programs at a time; beyond it 503', default: '64' },
  spawn: {
    kind: text('COMMAND'),
    help: 'starts FastCGI programs, php-cgi say, and forwards to them, instead of --to',
    default: '(none)',
  },
  mode: {
    kind: choice(MODES, { demand: 'ondemand', 'on-demand': 'ondemand' }),
    help: 'when programs are started: always all, some that wait for work, or one when a request finds none free',
    default: 'dynamic',
  },
  maxChildren: { kind: count, help: 'programs, and so requests, at a time', default: '5' },
  minSpare: { kind: count, help: 'programs without work, at least; for dynamic', default: '1' },
  maxSpare: { kind: count, help: 'programs without work, at most; for dynamic', default: '3' },
  processIdleTimeout: {
    kind: duration,
    help: 'how long a program rests until it is ended; for ondemand',
    default: '10s',
  },
  maxRequests: {
    kind: count,
    help: 'requests after which a program is replaced, up to a tenth more or less',
    default: 'unlimited',
  },
  busyTimeout: {
    kind: duration,
    help: 'how long a request may keep its program busy; then 504, and the program is ended',
    default: 'unlimited',
  },
  queue: { kind: count, help: 'requests that wait for a program; beyond it 503', default: '100' },
  queueTimeout: { kind: duration, help: 'how long they wait; then 503', default: '30s' },
  startTimeout: {
    kind: duration,
    help: 'until a program accepts its first connection; then it is killed',
    default: '60s',
  },
};

/** `GatewaySettings` as a table. */
export const gatewaySettings: SettingTable<GatewaySettings> = { ...forwardSettings, ...listenSettings };
