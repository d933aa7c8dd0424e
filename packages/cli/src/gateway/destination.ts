import { resolve } from 'node:path';
import type { App } from '@tsgi/core';
import type { ProgramGatewayOptions } from '@tsgi/fcgi-backend';
import { type Address, formatAddress } from '@tsgi/transport';
import { didYouMean } from '../command-line/did-you-mean.ts';
import { parseBind } from '../settings/bind.ts';
import { forwardingWires } from '../settings/destinations.ts';
import { usageError } from '../command-line/failure.ts';

/** Where a gateway forwards to: servers that answer the same, or programs. */
export type Destination =
  | { readonly wire: string; readonly addresses: readonly [Address, ...Address[]]; readonly program?: never }
  /** Without a program, the path says which. */
  | { readonly wire: 'cgi'; readonly program: string | undefined; readonly addresses?: never }
  /** FastCGI programs that the gateway starts. */
  | {
      readonly wire: 'spawn';
      readonly command: string;
      start(options: ProgramGatewayOptions): App;
      readonly addresses?: never;
      readonly program?: never;
    };

/**
 * All that `--to` names.
 *
 * @throws CommandFailure (exit 2)
 */
export function parseDestinations(texts: readonly string[]): Destination {
  const [first, ...others] = texts.map(parseDestination);
  if (first === undefined) throw usageError('--to: expected an address, found none');
  if (others.length === 0) return first;
  if (first.addresses === undefined)
    throw usageError(`--to ${texts[0]}: programs of this machine are all that it forwards to`);
  const addresses: [Address, ...Address[]] = [...first.addresses];
  for (const [index, { wire, addresses: more }] of others.entries()) {
    if (wire !== first.wire || more === undefined) {
      throw usageError(
        `--to ${texts[index + 1]}: expected ${first.wire}, as ${texts[0]} is: all have to answer the same`,
      );
    }
    addresses.push(...more);
  }
  const names = addresses.map((address) => formatAddress(first.wire, address));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw usageError(`--to ${twice}: it is named twice`);
  return { wire: first.wire, addresses };
}

/**
 * Reads `fcgi://HOST:PORT`, `fcgi+unix:PATH`, the same with `scgi` and the wires of plugins, `cgi:PROGRAM` or `cgi`.
 *
 * @throws CommandFailure (exit 2)
 */
function parseDestination(text: string): Destination {
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
  return { wire, addresses: [address] };
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
  if ('start' in destination) return destination.command;
  const { wire, addresses } = destination;
  if (addresses !== undefined) return addresses.map((address) => formatAddress(wire, address)).join(', ');
  return destination.program === undefined ? 'cgi' : `cgi:${destination.program}`;
}
