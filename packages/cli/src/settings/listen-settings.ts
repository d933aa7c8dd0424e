import { httpSettings } from './http-settings.ts';
import { choice, choices, count, duration, type Kind, text, texts, toggle } from './kinds.ts';
import { BACKENDS, type ListenSettings } from './settings.ts';
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

/** `ListenSettings` as a table. */
export const listenSettings: SettingTable<ListenSettings> = {
  backend: {
    kind: choice(BACKENDS),
    help: 'the wire, and the scheme of a --bind without one (default: http, or found out)',
  },
  bind: {
    kind: texts('ADDRESS'),
    short: 'b',
    help: '[SCHEME://]HOST:PORT, [SCHEME+]unix:PATH[?mode=660] or [SCHEME+]fd:N; repeatable (default: 127.0.0.1:8000)',
  },
  grace: { kind: duration, help: 'how long running requests may take at the end (default: 10s)' },
  scriptName: {
    kind: scriptName,
    help: 'where the application is mounted: SCRIPT_NAME (default: as the web server says)',
  },
  maxConnections: { kind: count, help: 'connections at a time on each address' },
  reusePort: {
    kind: toggle,
    help: 'other processes may listen at the same TCP addresses, and share the connections (Node 22.12 or later)',
  },
  ...tlsSettings,
  ...httpSettings,
  roles: {
    kind: choices(['RESPONDER', 'AUTHORIZER', 'FILTER'], 'ROLE'),
    help: 'fcgi: RESPONDER, AUTHORIZER or FILTER, where not all are served; repeatable (default: all)',
  },
  halfClose: { kind: toggle, help: 'fcgi: a web server that ends its side still waits for the answer' },
  lenient: { kind: choices(HABITS, 'HABIT'), help: `scgi: tolerates ${HABITS.join(', ')}; repeatable (default: none)` },
};
