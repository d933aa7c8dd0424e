import type { Kind } from './kinds.ts';

/** The wires by name, as `--backend` takes them. `wires.ts` says what each can do. */
export const BACKENDS = ['http', 'https', 'fcgi', 'scgi', 'cgi'] as const;

/** One of them. */
export type BackendName = (typeof BACKENDS)[number];

/** What the wires are called elsewhere. */
export const ELSEWHERE: Readonly<Record<string, string>> = {
  fastcgi: 'fcgi',
  fpm: 'fcgi',
  http2: 'https, which has HTTP/2, or http with --h2c',
  h2: 'https, which has HTTP/2',
  h2c: 'http with --h2c',
  tls: 'https',
  ssl: 'https',
};

/** What holds where nobody sets anything, as the setting would say it; wires may differ. */
export type Default = string | Readonly<Partial<Record<BackendName, string>>>;

/** One setting as a flag, a variable and a config key. */
interface Setting<Value> {
  readonly kind: Kind<Value>;
  /** The flag's single letter. */
  readonly short?: string;
  /** For the help and docs/command.md: one line, without the default. */
  readonly help: string;
  /** A text that its kind can read, or, in parentheses, what the default depends on. */
  readonly default?: Default;
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

/** A default in one line: `16k; fcgi, scgi: 128k`. */
export function defaultText(value: Default): string {
  if (typeof value === 'string') return value.replace(/^\((.*)\)$/, '$1');
  const wires = new Map<string, string[]>();
  for (const [wire, text] of Object.entries(value)) wires.set(text, [...(wires.get(text) ?? []), wire]);
  return [...wires].map(([text, names]) => `${wireNames(names)}: ${text}`).join('; ');
}

/** HTTP with and without TLS have one name where both are meant. */
export function wireNames(wires: readonly string[]): string {
  const both = wires.includes('http') && wires.includes('https');
  const names = both ? ['http(s)', ...wires.filter((wire) => !/^https?$/.test(wire))] : wires;
  return names.join(', ');
}
