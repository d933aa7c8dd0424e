import type { Config } from './settings/config.ts';

export type { Config } from './settings/config.ts';
export type { BackendName } from './settings/settings.ts';

/**
 * A config for `tsgi serve`, checked by the compiler:
 *
 * ```ts
 * import { defineConfig } from 'tsgi/config';
 * export default defineConfig({ app: './app.js', bind: ['http://127.0.0.1:8000', 'fcgi+unix:/run/app.sock'] });
 * ```
 */
export function defineConfig(config: Config): Config {
  return config;
}
