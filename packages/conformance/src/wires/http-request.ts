import { announcedBodyLength, type TaggedRequest } from './request.ts';

/** What the kit calls the server in `Host`: no name that a server could guess. */
export const HOST = 'kit.example:8080';

/** The head of an HTTP/1.x request (RFC 9112 §3). The connection ends with it, unless a case says otherwise. */
export function httpHead(request: TaggedRequest): string {
  const { method = 'GET', target = '/', protocol = 'HTTP/1.1', headers = [] } = request;
  const own = new Set(headers.map(([name]) => name.toLowerCase()));
  const lines = [`${method} ${target} ${protocol}`];
  if (!own.has('host')) lines.push(`Host: ${HOST}`);
  if (!own.has('connection')) lines.push('Connection: close');
  for (const [name, value] of [...request.tag, ...headers]) lines.push(`${name}: ${value}`);
  const length = announcedBodyLength(request);
  if (length === null) lines.push('Transfer-Encoding: chunked');
  else if (length !== undefined && !own.has('content-length')) lines.push(`Content-Length: ${length}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** A piece of a body as one chunk (RFC 9112 §7.1). */
export function httpChunk(bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.byteLength.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
}
