import type { OutgoingHttpHeaders } from 'node:http2';
import { HOST } from './http-request.ts';
import { announcedBodyLength, type TaggedRequest } from './request.ts';

/** The head of a request on HTTP/2 (RFC 9113 §8.3.1), as node:http2 takes it. Names go to lower case there. */
export function http2Head(request: TaggedRequest, scheme: 'http' | 'https'): OutgoingHttpHeaders {
  const { method = 'GET', target = '/', headers = [] } = request;
  // Without a prototype, `__proto__` is a name like others.
  const fields: Record<string, string | string[]> = Object.create(null);
  fields[':method'] = method;
  if (method === 'CONNECT') fields[':authority'] = target;
  else Object.assign(fields, { ':scheme': scheme, ':authority': HOST, ':path': target });
  for (const [name, value] of [...request.tag, ...headers]) {
    const key = name.toLowerCase();
    const before = fields[key];
    fields[key] = before === undefined ? value : [before, value].flat();
  }
  const length = announcedBodyLength(request);
  if (typeof length === 'number') fields['content-length'] ??= String(length);
  return fields;
}
