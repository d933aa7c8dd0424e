import { readFileSync } from 'node:fs';
import type { Header } from '@tsgi/core';
import { FIELD_VALUE, TOKEN, withoutBlanks } from '@tsgi/core/server';
import { usageError, whyNoFile } from '../command-line/failure.ts';

/** One request to send. Header values are byte strings. */
export interface OutgoingRequest {
  readonly method: string;
  /** Path and query, percent-encoded. */
  readonly target: string;
  readonly headers: readonly Header[];
  readonly body: Uint8Array | undefined;
}

/** As curl's: what `-X`, `-H` and `-d` gave. */
export interface RequestFlags {
  readonly method: string | undefined;
  readonly headers: readonly string[];
  readonly data: readonly string[];
}

/**
 * Makes the request that curl would make of the same flags.
 *
 * @throws CommandFailure (exit 2)
 */
export function outgoingRequest(target: string, flags: RequestFlags): OutgoingRequest {
  const body = flags.data.length === 0 ? undefined : Buffer.concat(flags.data.flatMap(part));
  const method = flags.method ?? (body === undefined ? 'GET' : 'POST');
  if (!TOKEN.test(method)) throw usageError(`--method ${method}: expected a method such as PUT`);
  const headers = flags.headers.map(parseHeader);
  const has = (name: string): boolean => headers.some(([given]) => given.toLowerCase() === name);
  if (!has('host')) headers.unshift(['Host', 'localhost']);
  if (!has('user-agent')) headers.push(['User-Agent', 'tsgi']);
  if (!has('accept')) headers.push(['Accept', '*/*']);
  if (body !== undefined) {
    if (!has('content-type')) headers.push(['Content-Type', 'application/x-www-form-urlencoded']);
    if (!has('content-length')) headers.push(['Content-Length', String(body.byteLength)]);
  }
  return { method, target: method === 'CONNECT' ? target : encodeTarget(target), headers, body };
}

/** What a URL cannot hold is encoded, escapes and all else stay as they were typed. */
function encodeTarget(target: string): string {
  const path = /^[/*]/.test(target) ? target : `/${target}`;
  const [sent = ''] = path.split('#', 1);
  return sent.replace(/[^\x21-\x7e]+/g, (text) => encodeURIComponent(text.toWellFormed()));
}

function parseHeader(text: string): Header {
  const colon = text.indexOf(':');
  const name = text.slice(0, Math.max(colon, 0));
  const value = Buffer.from(withoutBlanks(text.slice(colon + 1))).toString('latin1');
  if (!TOKEN.test(name) || !FIELD_VALUE.test(value)) throw usageError(`--header ${text}: expected Name: value`);
  return [name, value];
}

/** Several are joined with `&`, `@FILE` is a file and `@-` standard input. */
function part(text: string, index: number): Uint8Array[] {
  const bytes = text.startsWith('@') ? readData(text.slice(1)) : Buffer.from(text);
  return index === 0 ? [bytes] : [Buffer.from('&'), bytes];
}

function readData(file: string): Uint8Array {
  try {
    return readFileSync(file === '-' ? 0 : file);
  } catch (error) {
    throw usageError(`--data @${file}: ${whyNoFile(error)}`);
  }
}
