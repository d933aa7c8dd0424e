import { type Address, parseAddress } from '@tsgi/transport';
import { didYouMean } from '../command-line/did-you-mean.ts';
import { usageError } from '../command-line/failure.ts';
import { listeningWires } from './wires.ts';

/** The name of a wire that listens. */
export type Scheme = string;

/** Where to listen, and on which wire. */
export interface Bind {
  readonly scheme: Scheme;
  readonly address: Address;
  /** Of a socket that somebody else has bound: what to. */
  readonly where?: string;
}

/**
 * Reads `[SCHEME://]HOST:PORT`, `[SCHEME+]unix:PATH[?mode=660&group=NAME]` or `[SCHEME+]fd:N`.
 *
 * @param backend the scheme of a text that names none.
 * @param source `--bind`, `TSGI_BIND`: who is told when the text is wrong.
 * @throws CommandFailure (exit 2)
 */
export function parseBind(text: string, backend: Scheme, source: string): Bind {
  const [, word, separator, rest = ''] = /^([a-z][a-z0-9.-]*)(:\/\/|\+)(.*)$/is.exec(text) ?? [];
  if (word === undefined) return { scheme: backend, address: readAddress(text, text, source) };
  const schemes = listeningWires();
  const scheme = schemes.find((candidate) => candidate === word);
  if (scheme === undefined) {
    const hint = separator === '://' ? hintAtScheme(word, rest) : '';
    throw usageError(
      `${source} ${text}: unknown scheme "${word}"; expected ${schemes.join(', ')}${hint || didYouMean(word, schemes)}`,
    );
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
    throw usageError(`${source} ${text}: ${why}${hintFor(address)}`);
  }
}

/** Node, Docker and others write `unix:///run/app.sock`; and FastCGI has a shorter name here. */
function hintAtScheme(word: string, rest: string): string {
  if (word === 'unix') return `; did you mean unix:${rest.startsWith('/') ? '' : '/'}${rest}?`;
  return /^f(?:ast)?-?cgi$/i.test(word) ? `; did you mean fcgi://${rest}?` : '';
}

/** What is most often meant by an address that is none. */
function hintFor(address: string): string {
  if (/^\d{1,5}$/.test(address)) return `; did you mean 127.0.0.1:${address}, or :${address} for every interface?`;
  if (/^\[?[\w.-]+$/.test(address) && /[a-z]|\d\.\d/i.test(address)) return `; did you mean ${address}:8000?`;
  if (/^\/.*|^\.\.?\//.test(address)) return `; did you mean unix:${address}?`;
  const [plain] = /^[\w.-]*:\d{1,5}(?=\/+$)/.exec(address) ?? [];
  if (plain !== undefined) return `; did you mean ${plain}?`;
  const [, scheme, rest = ''] = /^([a-z]+):(?!\/\/)(.+:\d{1,5}|\/.+)$/i.exec(address) ?? [];
  if (scheme === undefined || !listeningWires().some((known) => known === scheme)) return '';
  return `; did you mean ${scheme}${rest.startsWith('/') ? '+unix:' : '://'}${rest}?`;
}
