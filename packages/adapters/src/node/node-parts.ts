import { type OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** What Node's `ServerResponse` hands to `_storeHeader`: names to `[name, value]` pairs, or what `writeHead` was given. */
export type HeadersGiven = OutgoingHttpHeaders | readonly unknown[] | Record<string, [string, unknown]> | undefined;

/** The insides of Node's messages that this package leans on; `self-test.ts` finds out whether they are as here. */
export interface ResponseInsides {
  _header: string | null;
  _headerSent: boolean;
  _hasBody: boolean;
  _contentLength: number | null;
  _removedContLen: boolean;
  _closed: boolean;
  _keepAliveTimeout: number;
  chunkedEncoding: boolean;
  _storeHeader(firstLine: string, headers: HeadersGiven): void;
  _finish(): void;
}

const sample = new ServerResponse({ method: 'GET' } as never);

function symbolNamed(description: string): symbol | undefined {
  return Object.getOwnPropertySymbols(sample).find((symbol) => symbol.description === description);
}

/** Where a response keeps the headers that `setHeader` gave it. */
export const kOutHeaders: symbol | undefined = symbolNamed('kOutHeaders');
/** Where a response notes that it owes its writer a `drain`. */
export const kNeedDrain: symbol | undefined = symbolNamed('kNeedDrain');
