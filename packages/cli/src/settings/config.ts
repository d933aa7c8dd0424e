import type { Settings } from './settings.ts';

/**
 * What `tsgi.config.{ts,mts,js,mjs,json}` exports: the settings of `tsgi serve`. Durations are `'500ms'`, `'2s'`, `'5m'`
 * or a number of seconds; sizes `'64k'`, `'1m'` or a number of bytes; where there may be several, one needs no array.
 */
export type Config = ServerConfig & {
  /** Several servers of one command; what stands beside them holds for each that does not say otherwise. */
  servers?: { readonly [name: string]: ServerConfig };
};

/** The settings of one server. */
export type ServerConfig = { [Key in keyof Settings]?: ConfigValue<Settings[Key]> };

type ConfigValue<Value> = Value extends number
  ? number | string
  : Value extends readonly (infer Item)[]
    ? Item | readonly Item[]
    : Value;
