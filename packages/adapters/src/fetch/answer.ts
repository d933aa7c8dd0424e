import type { Body, Environ, Header, StartResponse } from '@tsgi/core';
import { LightResponse } from '../response/light-response.ts';
import { encode } from './encode.ts';
import { endToEnd, responseHeaders, statusLine } from './response-head.ts';
import { lengthOfWhole, readerBody } from './reader-body.ts';

const NativeResponse = globalThis.Response;
const NOTHING: Uint8Array[] = [];
/** Node 20 and 22 keep what a body was made of under a symbol; from 24 on it is private. */
const stateSymbol = Object.getOwnPropertySymbols(new NativeResponse('x')).find(
  (symbol) => symbol.description === 'state',
);

interface ResponseState {
  readonly body?: { readonly source?: unknown } | null;
}

/** The bytes that a native response was made of, where they can be had without reading its stream. */
function sourceOf(response: Response): Uint8Array | undefined {
  if (stateSymbol === undefined || response.bodyUsed) return undefined;
  const state: unknown = Reflect.get(response, stateSymbol);
  if (typeof state !== 'object' || state === null) return undefined;
  const source = (state as ResponseState).body?.source;
  if (typeof source === 'string') return encode(source);
  return source instanceof Uint8Array ? source : undefined;
}

/** An answer whose bytes are known; to HEAD only their number is told (R84). */
function sendBytes(
  bytes: Uint8Array | null,
  status: string,
  headers: Header[],
  environ: Environ,
  startResponse: StartResponse,
): Body {
  if (bytes === null || environ.REQUEST_METHOD !== 'HEAD') {
    startResponse(status, headers);
    return bytes === null ? NOTHING : [bytes];
  }
  startResponse(status, withLength(headers, bytes.byteLength));
  return NOTHING;
}

function withLength(headers: Header[], length: number): Header[] {
  return hasLength(headers) ? headers : [...headers, ['Content-Length', String(length)]];
}

function hasLength(headers: readonly Header[]): boolean {
  return headers.some(([name]) => name.toLowerCase() === 'content-length');
}

/** R84: the head of a GET, of which the length is known where the body has come whole. */
async function sendHeadOf(
  body: ReadableStream<Uint8Array>,
  status: string,
  headers: Header[],
  startResponse: StartResponse,
): Promise<Body> {
  const length = await lengthOfWhole(body.getReader());
  startResponse(status, length === undefined ? headers : withLength(headers, length));
  return NOTHING;
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return typeof value === 'object' ? `an object of class ${value.constructor?.name ?? 'null'}` : `a ${typeof value}`;
}

function notAResponse(value: unknown): TypeError {
  return new TypeError(`the fetch handler answered ${describe(value)}: expected a Response`);
}

/** Any class of response will do that has these: H3 and srvx have their own. */
function isResponse(value: unknown): value is Response {
  if (value instanceof NativeResponse) return true;
  if (typeof value !== 'object' || value === null) return false;
  const candidate = value as Partial<Response>;
  return (
    typeof candidate.status === 'number' &&
    typeof candidate.headers === 'object' &&
    Symbol.iterator in candidate.headers
  );
}

/**
 * Sends what a fetch handler answered.
 *
 * @throws TypeError for what is no response, and for `Response.error()`, which is none that could be sent.
 */
export function sendResponse(response: unknown, environ: Environ, startResponse: StartResponse): Body | Promise<Body> {
  if (!isResponse(response)) throw notAResponse(response);
  const parts = LightResponse.parts(response);
  if (parts !== undefined) {
    const { body } = parts;
    const bytes = typeof body === 'string' ? encode(body) : body;
    const status = statusLine(parts.status, parts.statusText);
    return sendBytes(bytes, status, endToEnd(parts.headers), environ, startResponse);
  }
  const whole = LightResponse.native(response);
  const { status } = whole;
  if (status === 0) throw new TypeError('the fetch handler answered Response.error(): expected a status');
  const line = statusLine(status, whole.statusText ?? '');
  const headers = responseHeaders(whole);
  const source = sourceOf(whole);
  if (source !== undefined) return sendBytes(source, line, headers, environ, startResponse);
  const { body } = whole;
  const isUsed = whole.bodyUsed || body?.locked === true;
  if (body && !isUsed && environ.REQUEST_METHOD === 'HEAD') return sendHeadOf(body, line, headers, startResponse);
  startResponse(line, headers);
  if (body === null || body === undefined) return NOTHING;
  // A body that was read or is being read would be an empty answer, or one that never comes.
  if (isUsed) throw new TypeError('the fetch handler answered a Response whose body is used');
  return readerBody(body.getReader(), environ, startResponse);
}
