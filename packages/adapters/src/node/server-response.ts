import {
  type IncomingMessage,
  type OutgoingHttpHeaders,
  ServerResponse,
  STATUS_CODES,
  validateHeaderName,
  validateHeaderValue,
} from 'node:http';
import type { Header } from '@tsgi/core';
import { responseHeaderRole } from '../environ/header-names.ts';
import { type HeadersGiven, kOutHeaders, type ResponseInsides } from './node-parts.ts';
import type { WireSocket } from './wire-socket.ts';

type Response = ServerResponse & ResponseInsides;
type Insides = Readonly<Record<symbol, unknown>>;

/** `'404 Not Found'`, by its code. */
const usualStatuses = new Map<number, string>();
for (const [code, phrase] of Object.entries(STATUS_CODES)) usualStatuses.set(Number(code), `${code} ${phrase}`);

class HeadersOfResponse {
  readonly list: Header[] = [];
  hasLength = false;

  add(name: string, value: unknown): void {
    const role = responseHeaderRole(name);
    if (role === 'own') return;
    if (role === 'length') this.hasLength = true;
    if (typeof value === 'string') this.list.push([name, value]);
    else if (Array.isArray(value)) for (const one of value) this.list.push([name, String(one)]);
    else this.list.push([name, String(value)]);
  }
}

/** `headers` in each of the forms that Node's own `_storeHeader` takes. */
function headersOf(response: Response, headers: HeadersGiven): HeadersOfResponse {
  const found = new HeadersOfResponse();
  if (headers === undefined || headers === null) return found;
  if (kOutHeaders !== undefined && headers === (response as unknown as Insides)[kOutHeaders]) {
    for (const key in headers) {
      const [name, value] = (headers as Record<string, [string, unknown]>)[key] as [string, unknown];
      found.add(name, value);
    }
  } else if (Array.isArray(headers)) {
    if (Array.isArray(headers[0])) for (const [name, value] of headers as [string, unknown][]) found.add(name, value);
    else
      for (let index = 0; index + 1 < headers.length; index += 2) found.add(String(headers[index]), headers[index + 1]);
  } else {
    for (const name of Object.keys(headers)) found.add(name, (headers as OutgoingHttpHeaders)[name]);
  }
  return found;
}

/** What Node throws for the first header that cannot be sent: libraries look at its code. */
function errorOfNode(headers: readonly Header[]): unknown {
  for (const [name, value] of headers) {
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    } catch (error) {
      return error;
    }
  }
  return undefined;
}

/** What stands behind the version in Node's first line: mostly a text that is there already. */
function statusOf({ statusCode, statusMessage }: Response, firstLine: string): string {
  if (statusMessage === STATUS_CODES[statusCode]) return usualStatuses.get(statusCode) as string;
  return firstLine.slice(firstLine.indexOf(' ') + 1, firstLine.endsWith('\r\n') ? -2 : firstLine.length);
}

/** In the place of `OutgoingMessage._storeHeader`: the head goes to `startResponse` and not into a string. */
function storeHeader(this: Response, firstLine: string, given: HeadersGiven): void {
  const headers = headersOf(this, given);
  // As Node: the length of an answer that `end(data)` gave whole.
  if (!headers.hasLength && this._hasBody && !this._removedContLen && typeof this._contentLength === 'number') {
    headers.list.push(['Content-Length', String(this._contentLength)]);
  }
  const socket = this.socket as unknown as WireSocket;
  try {
    socket.takeHead(statusOf(this, firstLine), headers.list);
  } catch (error) {
    throw errorOfNode(headers.list) ?? error;
  }
  this._header = firstLine;
  this._headerSent = true;
  this.chunkedEncoding = false;
}

function finish(this: Response): void {
  ServerResponse.prototype['_finish' as never as keyof ServerResponse].call(this as never);
  (this.socket as unknown as WireSocket).finish();
}

/**
 * A real `ServerResponse` whose head and body go to a `WireSocket`. What differs are properties of its own: Express
 * replaces the prototype of every response.
 */
export function createResponse(request: IncomingMessage, socket: WireSocket): Response {
  const response = new ServerResponse(request) as Response;
  response._storeHeader = storeHeader;
  response._finish = finish;
  response.shouldKeepAlive = true;
  (response as { socket: unknown }).socket = socket;
  return response;
}
