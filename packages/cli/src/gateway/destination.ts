import { resolve } from 'node:path';
import { type Address, formatAddress } from '@tsgi/transport';
import { didYouMean } from '../command-line/did-you-mean.ts';
import { parseBind } from '../settings/bind.ts';
import { forwardingWires } from '../settings/destinations.ts';
import { usageError } from '../command-line/failure.ts';

/** Where a gateway forwards to. */
export type Destination =
  | { readonly wire: string; readonly address: Address; readonly program?: never }
  /** Without a program, the path says which. */
  | { readonly wire: 'cgi'; readonly program: string | undefined; readonly address?: never };

/**
 * Reads `fcgi://HOST:PORT`, `fcgi+unix:PATH`, the same with `scgi` and the wires of plugins, `cgi:PROGRAM` or `cgi`.
 *
 * @throws CommandFailure (exit 2)
 */
export function parseDestination(text: string): Destination {
  if (text === 'cgi') return { wire: 'cgi', program: undefined };
  if (/^cgi:./.test(text)) return { wire: 'cgi', program: resolve(text.slice('cgi:'.length)) };
  const wires = forwardingWires();
  const wire = wires.find((word) => text.startsWith(`${word}:`) || text.startsWith(`${word}+`));
  if (wire === undefined) {
    throw usageError(
      `--to ${text}: expected fcgi://HOST:PORT, fcgi+unix:PATH, the same with ${wires.slice(1).join(', ')}, cgi:PROGRAM or cgi${hintFor(text)}`,
    );
  }
  if (/^[a-z][a-z0-9.-]*:\/\/[\w.-]+\/?$/i.test(text)) {
    throw usageError(`--to ${text}: expected ${wire}://HOST:PORT; did you mean ${text.replace(/\/$/, '')}:9000?`);
  }
  const { address } = parseBind(text, wire, '--to');
  if (address.type === 'fd') throw usageError(`--to ${text}: nobody connects to a descriptor`);
  return { wire, address };
}

/** What most who leave the wire out forward to. */
function hintFor(text: string): string {
  if (/^\[?[\w.:-]*\]?:\d{1,5}$/.test(text)) return `; did you mean fcgi://${text}?`;
  const path = text.replace(/^unix:/, '');
  if (!path.includes(':') && /\/|\.sock/.test(path)) return `; did you mean fcgi+unix:${path}?`;
  const [, scheme = '', rest = ''] = /^([a-z][a-z0-9.-]{0,20})((?::\/\/|\+unix:|:).*)$/is.exec(text) ?? [];
  return didYouMean(scheme, [...forwardingWires(), 'cgi'], (found) => found + rest);
}

/** As `--to` has it. */
export function formatDestination(destination: Destination): string {
  if (destination.address !== undefined) return formatAddress(destination.wire, destination.address);
  return destination.program === undefined ? 'cgi' : `cgi:${destination.program}`;
}
