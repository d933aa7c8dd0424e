import { isHopByHop, textToByteString } from '@tsgi/core';

/**
 * The request of the visitor: what is sent over each wire. Names and values are byte strings.
 *
 * @typedef {{ method: string, target: string, headers: import('@tsgi/core').Header[], body: Uint8Array }} OutgoingRequest
 */

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// What Node's client and our backends take for a value: no control character but the tab (R59).
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** A request that the demo cannot send, with what is wrong for the visitor to read. */
export class UnsendableRequest extends Error {}

/** @param {string} name */
const isFraming = (name) => isHopByHop(name) || /^(?:content-length|expect)$/i.test(name);

/**
 * @param {unknown} header
 * @returns {import('@tsgi/core').Header}
 */
function readHeader(header) {
  if (!Array.isArray(header) || header.length !== 2 || !header.every((part) => typeof part === 'string')) {
    throw new UnsendableRequest('A header is a name and a value.');
  }
  const [name, value] = header.map((part) => textToByteString(part));
  if (!TOKEN.test(name))
    throw new UnsendableRequest(`“${header[0]}” is no name for a header: a line is “Name: value”.`);
  if (!FIELD_VALUE.test(value)) throw new UnsendableRequest(`The value of ${name} holds a control character.`);
  if (isFraming(name))
    throw new UnsendableRequest(`Leave out ${name}: it belongs to the connection, which the demo sets up itself.`);
  return [name, value];
}

/**
 * Reads what the page sent: a line of JSON, and the body behind it.
 *
 * @param {string} description
 * @param {Uint8Array} body
 * @param {string} host for a request without a Host header of its own
 * @returns {OutgoingRequest}
 * @throws UnsendableRequest
 */
export function readOutgoingRequest(description, body, host) {
  let parsed;
  try {
    parsed = JSON.parse(description);
  } catch {
    throw new UnsendableRequest('The first line has to be JSON: { method, target, headers }.');
  }
  const { method, target, headers } = parsed ?? {};
  if (typeof method !== 'string' || !TOKEN.test(method)) throw new UnsendableRequest('The method has to be a token.');
  if (method === 'CONNECT') throw new UnsendableRequest('CONNECT asks for a tunnel, which no app can answer.');
  if (typeof target !== 'string' || !/^[!-~]+$/.test(target)) {
    throw new UnsendableRequest('The path has to be printable ASCII without spaces; the page encodes the rest.');
  }
  if (!Array.isArray(headers)) throw new UnsendableRequest('The headers have to be a list.');
  const read = headers.map(readHeader);
  if (!read.some(([name]) => name.toLowerCase() === 'host')) read.unshift(['Host', host]);
  // A body is announced, and its absence too where one is usual (RFC 9110 §8.6).
  if (body.length > 0 || /^(?:POST|PUT|PATCH)$/.test(method)) read.push(['Content-Length', String(body.length)]);
  return { method, target, headers: read, body };
}
