import { type Address, parseAddress } from '@tsgi/transport';
import { usageError } from '../command-line/failure.ts';

/** The wires that listen. */
const SCHEMES = ['http', 'https', 'fcgi', 'scgi'] as const;

/** One of them. */
export type Scheme = (typeof SCHEMES)[number];

/** Where to listen, and on which wire. */
export interface Bind {
  readonly scheme: Scheme;
  readonly address: Address;
}

/**
 * Reads `[SCHEME://]HOST:PORT`, `[SCHEME+]unix:PATH[?mode=660]` or `[SCHEME+]fd:N`.
 *
 * @param backend the scheme of a text that names none.
 * @param source `--bind`, `TSGI_BIND`: who is told when the text is wrong.
 * @throws CommandFailure (exit 2)
 */
export function parseBind(text: string, backend: Scheme, source: string): Bind {
  const [, word, separator, rest = ''] = /^([a-z][a-z0-9]*)(:\/\/|\+)(.*)$/is.exec(text) ?? [];
  if (word === undefined) return { scheme: backend, address: readAddress(text, text, source) };
  const scheme = SCHEMES.find((candidate) => candidate === word);
  if (scheme === undefined) {
    throw usageError(`${source} ${text}: unknown scheme "${word}"; expected ${SCHEMES.join(', ')}`);
  }
  // http://unix:/a would be a host called unix, http+127.0.0.1:80 nothing at all.
  const isLocal = /^(?:unix|fd):/.test(rest);
  if (isLocal !== (separator === '+')) {
    throw usageError(`${source} ${text}: expected ${scheme}://HOST:PORT, ${scheme}+unix:PATH or ${scheme}+fd:N`);
  }
  return { scheme, address: readAddress(rest, text, source) };
}

function readAddress(address: string, text: string, source: string): Address {
  try {
    return parseAddress(address);
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^bad address ".*?": /s, '') : String(error);
    throw usageError(`${source} ${text}: ${why}`);
  }
}
