import { isIP, isIPv4 } from 'node:net';
import type { Environ } from '@tsgi/core';
import { requestError } from '../http1/codec/request-error.ts';
import { isHost } from '../http1/codec/framing.ts';
import type { TrustedPeers } from './trusted-peers.ts';

/** One proxy's word about whom it served. */
interface Hop {
  address: string | undefined;
  proto: string | undefined;
  host: string | undefined;
}

/** RFC 7239 §4: pairs may be empty, and names are tokens. */
const PAIR = /\s*(?:([!#$%&'*+\-.^_`|~0-9A-Za-z]+)=("(?:[^"\\]|\\.)*"|[^\s;,"]*))?\s*([;,]|$)/y;

/**
 * Lets a trusted proxy say who the client is: REMOTE_ADDR, the scheme, the host. The hops are walked from the right, the
 * nearest first, and the first that is not trusted is the client; what stands left of it anybody may have written. The
 * headers of a peer that is not trusted change nothing.
 *
 * @throws TsgiError (400) when `Forwarded` and `X-Forwarded-For` name different clients: a proxy writes one of them, and
 *   passes on what the client wrote in the other.
 */
export function applyForwarded(environ: Environ, trusted: TrustedPeers): void {
  if (!trusted.includes(environ.REMOTE_ADDR)) return;
  const standard =
    environ.HTTP_FORWARDED === undefined ? undefined : client(parseForwarded(environ.HTTP_FORWARDED), trusted);
  const usual = client(xForwarded(environ), trusted);
  if (standard?.address !== undefined && usual?.address !== undefined && standard.address !== usual.address) {
    throw requestError('Forwarded and X-Forwarded-For name different clients');
  }
  const hop = usual ?? standard;
  if (hop === undefined) return;
  if (hop.address !== undefined) {
    environ.REMOTE_ADDR = hop.address;
    delete environ.REMOTE_PORT;
  }
  const proto = hop.proto?.toLowerCase();
  if (proto === 'http' || proto === 'https') environ['tsgi.url_scheme'] = proto;
  if (hop.host !== undefined) {
    if (!isHost(hop.host)) throw requestError('a forwarded host: expected a host and an optional port');
    environ.HTTP_HOST = hop.host;
  }
  const port = environ.HTTP_X_FORWARDED_PORT;
  if (usual !== undefined && port !== undefined && /^\d{1,5}$/.test(port)) environ.SERVER_PORT = port;
}

/** The hop that describes the client: the first from the right whose address is not a trusted proxy's. */
function client(hops: readonly Hop[], trusted: TrustedPeers): Hop | undefined {
  let found: Hop | undefined;
  for (const hop of hops.toReversed()) {
    // An address that was hidden (RFC 7239 §6.3) or is none ends what can be known.
    if (hop.address === undefined) return found ?? hop;
    found = hop;
    if (!trusted.includes(hop.address)) break;
  }
  return found;
}

function xForwarded(environ: Environ): Hop[] {
  const addresses = list(environ.HTTP_X_FORWARDED_FOR);
  const protos = list(environ.HTTP_X_FORWARDED_PROTO);
  const hosts = list(environ.HTTP_X_FORWARDED_HOST);
  const length = Math.max(addresses.length, protos.length > 0 || hosts.length > 0 ? 1 : 0);
  // Shorter lists end with the nearest proxy's word too, which mostly is the only one.
  const at = (values: readonly string[], index: number): string | undefined =>
    values[Math.max(0, values.length - (length - index))];
  return Array.from({ length }, (_none, index) => ({
    address: addresses[index] === undefined ? undefined : plainAddress(addresses[index]),
    proto: at(protos, index),
    host: at(hosts, index),
  }));
}

/** RFC 7239. One element that is malformed makes the whole header worthless. */
function parseForwarded(value: string): Hop[] {
  const hops: Hop[] = [];
  let hop: Hop | undefined;
  PAIR.lastIndex = 0;
  while (PAIR.lastIndex < value.length) {
    const match = PAIR.exec(value);
    if (match === null) return [];
    const [, name, raw = '', end] = match;
    if (name !== undefined) {
      hop ??= { address: undefined, proto: undefined, host: undefined };
      take(hop, name.toLowerCase(), raw);
    }
    if (end === ';' && PAIR.lastIndex < value.length) continue;
    if (hop !== undefined) hops.push(hop);
    hop = undefined;
  }
  return hops;
}

function take(hop: Hop, key: string, raw: string): void {
  const text = raw.startsWith('"') ? raw.slice(1, -1).replace(/\\(.)/g, '$1') : raw;
  if (key === 'for') hop.address = plainAddress(text);
  else if (key === 'proto' || key === 'host') hop[key] = text;
}

function list(value: string | undefined): string[] {
  return value === undefined ? [] : value.split(',').map((item) => item.trim());
}

/** The address without its port and brackets; `undefined` when there is none. */
function plainAddress(text: string): string | undefined {
  const bracketed = /^\[([^\]]+)\](?::\d{1,5})?$/.exec(text)?.[1];
  if (bracketed !== undefined) return isIP(bracketed) === 6 ? bracketed : undefined;
  const [host = '', port] = text.split(':');
  if (port !== undefined && isIPv4(host)) return host;
  return isIP(text) === 0 ? undefined : text;
}
