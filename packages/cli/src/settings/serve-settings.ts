import { resolve } from 'node:path';
import { choice, duration, file, type Kind, toggle } from './kinds.ts';
import { listenSettings } from './listen-settings.ts';
import type { Settings } from './settings.ts';
import type { SettingTable } from './setting-table.ts';

const MOST_WORKERS = 512;

const workers: Kind<number | 'auto'> = {
  placeholder: 'NUMBER|auto',
  multiple: false,
  read(value) {
    if (value === 'auto') return value;
    const number = Number(
      typeof value === 'number' || (typeof value === 'string' && /^\d{1,9}$/.test(value)) ? value : Number.NaN,
    );
    if (Number.isInteger(number) && number >= 1 && number <= MOST_WORKERS) return number;
    throw new Error(
      `expected a number from 1 to ${MOST_WORKERS}, or auto, found ${JSON.stringify(value) ?? String(value)}`,
    );
  },
  show: (value) => value,
};

/** How an application may want to be called. */
const INTERFACES = ['tsgi', 'fetch', 'node', 'triple', 'jsgi'] as const satisfies readonly Settings['interface'][];

/** A path, or the URL of a file. */
const app: Kind<string> = {
  ...file('APP'),
  from: (folder, value) => (value.startsWith('file:') ? value : resolve(folder, value)),
};

/** `Settings` as a table. */
export const serveSettings: SettingTable<Settings> = {
  app: { kind: app, help: 'the module that exports the application' },
  interface: { kind: choice(INTERFACES), help: 'how the application is called', default: '(as its shape says)' },
  ...listenSettings,
  validate: { kind: toggle, help: 'checks app and server against the rules, and logs what breaks one', default: 'off' },
  workers: {
    kind: workers,
    help: 'processes that serve, started, watched and replaced by this one; auto: one a core',
    default: '(this process serves)',
  },
  workerTimeout: {
    kind: duration,
    help: 'how long the event loop of a worker may stand still; then it is replaced',
    default: 'unlimited',
  },
  pidFile: {
    kind: file('FILE'),
    help: 'where the PID is written of the process that starts the workers',
    default: '(none)',
  },
};
