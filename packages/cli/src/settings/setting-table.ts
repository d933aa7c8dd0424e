import type { Kind } from './kinds.ts';

/** One setting as a flag, a variable and a config key. */
interface Setting<Value> {
  readonly kind: Kind<Value>;
  /** The flag's single letter. */
  readonly short?: string;
  /** For the help: one line, from what it does to its default. */
  readonly help: string;
}

/** Settings by config key. */
export type SettingTable<Values> = { readonly [Key in keyof Values]: Setting<Values[Key]> };

/** `scriptName` as a flag has it: `script-name`. */
export function flagName(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `scriptName` as the environment has it: `TSGI_SCRIPT_NAME`. */
export function variableName(key: string): string {
  return `TSGI_${flagName(key).replaceAll('-', '_').toUpperCase()}`;
}
