import { text } from './kinds.ts';
import { listenSettings } from './listen-settings.ts';
import type { Settings } from './settings.ts';
import type { SettingTable } from './setting-table.ts';

/** `Settings` as a table. */
export const serveSettings: SettingTable<Settings> = {
  app: { kind: text('APP'), help: 'the module that exports the application' },
  ...listenSettings,
};
