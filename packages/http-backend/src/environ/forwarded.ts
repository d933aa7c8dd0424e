import { isIP, isIPv4 } from 'node:net';
import type { Environ } from '@tsgi/core';
import { plainAddress } from '@tsgi/transport';
import { TOKEN, withoutBlanks } from '@tsgi/core/server';
import { isHost } from '../http1/codec/request-head.ts';
import { requestError } from '../http1/codec/request-error.ts';
import type { TrustedPeers } from './trusted-peers.ts';

/** One proxy's word about whom it served. */
interface Hop {
  /** `null`: hidden, or none that could be one (RFC 7239 §6.3). Absent: nothing is said of it. */
  address?: string | null;
  scheme?: 'http' | 'https';
  host?: string;
}

/** Proxies in a row, far more than there are: to look for an address among the trusted ones takes 10 µs. */
const MOST_HOPS = 100;
const VALUE = /^(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*))$/;

/**
 * Lets a trusted proxy say who the client is: REMOTE_ADDR, the scheme, the host. The hops are walked from the right, the
 * nearest first, and the first that is not trusted is the client; what stands left of it anybody may have written. The
 * headers of a peer that is not trusted change nothing.
 *
 * There are two families, `Forwarded` and `X-Forwarded-*`. A proxy writes one and passes on what the client wrote in the
 * other, and which one it writes cannot be known. So where both say something of the same thing it has to be the same; and
 * where one names the client and the other does not, the first alone is believed.
 *
 * @throws TsgiError (400) when the families contradict each other; for a host that is none.
 */
export function applyForwarded(environ: Environ, trusted: TrustedPeers): void {
  if (!trusted.includes(environ.REMOTE_ADDR)) return;
  const standard = client(forwarded(environ), trusted);
  const usual = client(xForwarded(environ), trusted);
  for (const fact of ['address', 'scheme', 'host'] as const) refuseContradiction(fact, standard[fact], usual[fact]);
  const believed =
    standard.address === usual.address ? { ...standard, ...usual } : standard.address === undefined ? usual : standard;
  if (typeof believed.address === 'string') {
    environ.REMOTE_ADDR = believed.address;
    delete environ.REMOTE_PORT;
  }
  if (believed.scheme !== undefined) {
    environ['tsgi.url_scheme'] = believed.scheme;
    if (believed.scheme === 'https') environ.HTTPS = 'on';
    else delete environ.HTTPS;
  }
  if (believed.host !== undefined) {
    if (!isHost(believed.host)) throw requestError('a forwarded host: expected a host and an optional port');
    environ.HTTP_HOST = believed.host;
  }
  const port = environ.HTTP_X_FORWARDED_PORT;
  if (believed !== standard && port !== undefined && isPort(port)) environ.SERVER_PORT = port;
}

function refuseContradiction(
  fact: string,
  standard: string | null | undefined,
  usual: string | null | undefined,
): void {
  if (standard === undefined || usual === undefined || standard?.toLowerCase() === usual?.toLowerCase()) return;
  throw requestError(`Forwarded and X-Forwarded-* name different clients: their ${fact} is not the same`);
}

/** The hop that describes the client: the first from the right whose address is not a trusted proxy's. */
function client(hops: readonly Hop[], trusted: TrustedPeers): Hop {
  let found: Hop = {};
  for (const hop of hops) {
    // What is hidden ends what can be known: the proxy behind it is the nearest to the client that has an address.
    if (typeof hop.address !== 'string') return typeof found.address === 'string' ? found : hop;
    found = hop;
    if (!trusted.includes(hop.address)) break;
  }
  return found;
}

/** The nearest first. */
function xForwarded(environ: Environ): Hop[] {
  const addresses = list(environ.HTTP_X_FORWARDED_FOR);
  const schemes = list(environ.HTTP_X_FORWARDED_PROTO);
  const hosts = list(environ.HTTP_X_FORWARDED_HOST);
  const length = addresses.length > 0 ? addresses.length : Math.min(1, schemes.length + hosts.length);
  return Array.from({ length }, (_none, index) => {
    const hop: Hop = {};
    const address = addresses[index];
    if (address !== undefined) hop.address = addressOfNode(address) ?? null;
    // A shorter list ends with the nearest proxy's word too, which mostly is the only one: it holds for all beyond.
    tell(hop, 'proto', schemes[Math.min(index, schemes.length - 1)]);
    tell(hop, 'host', hosts[Math.min(index, hosts.length - 1)]);
    return hop;
  });
}

/**
 * RFC 7239 §4. The nearest first, up to an element that is malformed: that one hides what is beyond it, as the elements
 * right of it are the proxies', and whoever is left of them may have written anything.
 */
function forwarded(environ: Environ): Hop[] {
  const hops: Hop[] = [];
  for (const element of list(environ.HTTP_FORWARDED)) {
    const hop = hopOf(element);
    hops.push(hop ?? { address: null });
    if (hop === undefined) break;
  }
  return hops;
}

/** @returns `undefined` when the element is malformed. No address, scheme or host has a comma or a semicolon in it. */
function hopOf(element: string): Hop | undefined {
  const hop: Hop = {};
  for (const part of element.split(';')) {
    const pair = withoutBlanks(part);
    // Pairs may be empty.
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = pair.slice(0, Math.max(0, equals)).toLowerCase();
    const value = VALUE.exec(pair.slice(equals + 1));
    if (!TOKEN.test(name) || value === null || said(hop, name)) return undefined;
    tell(hop, name, value[1]?.replace(/\\(.)/g, '$1') ?? value[2]);
  }
  return hop;
}

/** A name comes once (RFC 7239 §4); which of two was meant nobody can tell. */
function said(hop: Hop, name: string): boolean {
  return (
    (name === 'for' && hop.address !== undefined) ||
    (name === 'host' && hop.host !== undefined) ||
    (name === 'proto' && hop.scheme !== undefined)
  );
}

function tell(hop: Hop, name: string, value: string | undefined): void {
  if (value === undefined || value === '') return;
  if (name === 'for') hop.address = addressOfNode(value) ?? null;
  else if (name === 'host') hop.host = value;
  else if (name === 'proto') {
    const scheme = value.toLowerCase();
    // Traefik calls a WebSocket's so.
    if (scheme === 'https' || scheme === 'wss') hop.scheme = 'https';
    else if (scheme === 'http' || scheme === 'ws') hop.scheme = 'http';
  }
}

/** The elements of a list, the last first; empty ones are none (RFC 9110 §5.6.1). */
function list(value: string | undefined): string[] {
  if (value === undefined) return [];
  return value
    .split(',')
    .map(withoutBlanks)
    .filter((item) => item !== '')
    .slice(-MOST_HOPS)
    .toReversed();
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535;
}

/** The address of a node (RFC 7239 §6), without its port and brackets; `undefined` when there is none. */
function addressOfNode(node: string): string | undefined {
  const bracketed = /^\[([^[\]]+)\](?::\d{1,5})?$/.exec(node)?.[1];
  const colon = node.indexOf(':');
  if (bracketed === undefined && colon !== -1 && isIPv4(node.slice(0, colon))) return node.slice(0, colon);
  const address = bracketed ?? node;
  // In brackets there is no IPv4, and a zone (RFC 4007) means something to its own machine alone.
  if (isIP(address) === 0 || address.includes('%') || (bracketed !== undefined && isIPv4(bracketed))) return undefined;
  return plainAddress(address);
}
