import { count, duration, text, texts, toggle } from './kinds.ts';
import { listenSettings } from './listen-settings.ts';
import type { ListenSettings } from './settings.ts';
import type { SettingTable } from './setting-table.ts';

/** What can be set for `tsgi gateway`. Times are milliseconds, sizes bytes. */
export interface GatewaySettings extends ListenSettings {
  to: string;
  root: string;
  static: boolean;
  connectTimeout: number;
  responseTimeout: number;
  idleTimeout: number;
  pool: number;
  env: readonly string[];
}

/** `GatewaySettings` as a table. */
export const gatewaySettings: SettingTable<GatewaySettings> = {
  to: {
    kind: text('ADDRESS'),
    help: 'fcgi://HOST:PORT, fcgi+unix:PATH, the same with scgi, cgi:PROGRAM, or cgi with --root',
  },
  root: {
    kind: text('FOLDER'),
    help: 'maps paths to programs: for fcgi .php files, for cgi executables (default: all is forwarded)',
  },
  static: { kind: toggle, help: 'sends the other files below --root as they are (default: 404)' },
  connectTimeout: { kind: duration, help: 'until the connection is made; beyond it 502 (default: 3s)' },
  responseTimeout: { kind: duration, help: "until the answer's head has come; beyond it 504 (default: 60s)" },
  idleTimeout: {
    kind: duration,
    help: "between two pieces of the answer's body; beyond it the answer is cut off (default: 60s)",
  },
  pool: { kind: count, help: 'fcgi: connections that are kept; fewer than php-fpm has processes (default: 0)' },
  env: { kind: texts('NAME[=VALUE]'), help: 'cgi: a variable that programs get, beside PATH, LANG and TZ; repeatable' },
  ...listenSettings,
};
