import { resolve } from 'node:path';
import { count, file, type Kind, toggle } from './kinds.ts';
import { listenSettings } from './listen-settings.ts';
import type { Settings } from './settings.ts';
import type { SettingTable } from './setting-table.ts';

/** A config that was written for several processes is told so, and not that it has an unknown key. */
const workers: Kind<number> = {
  ...count,
  read(value) {
    const number = count.read(value);
    if (number === 1) return number;
    throw new Error(`this version serves with one process: expected 1, found ${number}`);
  },
};

/** A path, or the URL of a file. */
const app: Kind<string> = {
  ...file('APP'),
  from: (folder, value) => (value.startsWith('file:') ? value : resolve(folder, value)),
};

/** `Settings` as a table. */
export const serveSettings: SettingTable<Settings> = {
  app: { kind: app, help: 'the module that exports the application' },
  ...listenSettings,
  validate: { kind: toggle, help: 'checks app and server against the rules, and logs what breaks one', default: 'off' },
  workers: { kind: workers, help: 'how many processes serve; this version takes 1', default: '1' },
};
