import { type Body, type Bytes, type FileLike, FileWrapper, type Header, type StartResponse } from '@tsgi/core';
import { reasonPhrase } from '@tsgi/core/server';

/** What an answer has besides its body. */
export interface RespondInit {
  /** Default 200. */
  status?: number;
  /** Content-Type. Default: by the body: text, HTML where it begins with `<!doctype` or `<html`, JSON, bytes. */
  type?: string;
  /** Pairs, an object, or a `Headers`. */
  headers?: Iterable<readonly [string, string]> | Readonly<Record<string, string>>;
}

/** Bodies that are sent as they are; any other object, array, number or boolean is sent as JSON. */
type Raw = string | Bytes | ReadableStream<Bytes> | AsyncIterable<Bytes> | FileLike | null | undefined;

const encoder = new TextEncoder();
const TEXT = 'text/plain; charset=utf-8';
const HTML = 'text/html; charset=utf-8';
const JSON_TYPE = 'application/json';
const BYTES = 'application/octet-stream';

function isFile(body: object): body is FileLike {
  return 'read' in body && typeof body.read === 'function';
}

function isStream(body: object): body is AsyncIterable<Bytes> & { close?(): void } {
  return Symbol.asyncIterator in body;
}

/** The body, and the type that is its by nature. */
function bodyOf(given: unknown): readonly [body: Body, type: string | undefined] {
  if (given === null || given === undefined) return [[], undefined];
  if (typeof given === 'string') {
    return [[encoder.encode(given)], /^\s*<(?:!doctype html|html)/i.test(given.slice(0, 64)) ? HTML : TEXT];
  }
  if (given instanceof Uint8Array) return [[given], BYTES];
  if (given instanceof ArrayBuffer) return [[new Uint8Array(given)], BYTES];
  if (typeof given === 'object') {
    if (isFile(given)) return [new FileWrapper(given), BYTES];
    if (isStream(given)) return [given, BYTES];
  }
  const text: string | undefined = JSON.stringify(given);
  if (text === undefined) throw new TypeError(`respond: a ${typeof given} is no body`);
  return [[encoder.encode(text)], JSON_TYPE];
}

/**
 * Answers with text, JSON, bytes, a stream or a file: `return respond(startResponse, { ok: true })`.
 *
 * @param body text is sent as UTF-8; a `Uint8Array`, a `ReadableStream`, an async iterable of bytes and a `FileHandle` as
 *   they are; `null` is no body; anything else is sent as JSON.
 * @returns what the application returns.
 */
export function respond(
  startResponse: StartResponse,
  body: Raw | object | number | boolean,
  init: RespondInit = {},
): Body {
  const { status = 200, type, headers = [] } = init;
  const [sent, natural] = bodyOf(body);
  const given = Symbol.iterator in headers ? headers : Object.entries(headers);
  const pairs = Array.from(given as Iterable<readonly [string, string]>, ([name, value]): Header => [name, value]);
  const contentType = type ?? natural;
  if (contentType !== undefined && !pairs.some(([name]) => name.toLowerCase() === 'content-type')) {
    pairs.unshift(['Content-Type', contentType]);
  }
  startResponse(`${status} ${reasonPhrase(status)}`, pairs);
  return sent;
}
