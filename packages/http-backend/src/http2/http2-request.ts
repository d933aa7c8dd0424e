import type { RequestHead } from '@tsgi/core/server';
import { isHost } from '../http1/codec/request-head.ts';
import type { HeadLimits } from '../server/limits.ts';
import { requestError } from '../http1/codec/request-error.ts';

/**
 * A request's head out of its header fields (RFC 9113 §8.3): pseudo-header fields become the request line, and
 * `:authority` the Host header, in whose place it stands. Node has checked the rest.
 *
 * @param rawHeaders names and values, alternating; lower case, pseudo-header fields first.
 * @throws TsgiError (400, 414, 431)
 */
export function headOfStream(rawHeaders: readonly string[], limits: HeadLimits): RequestHead {
  const headers: string[] = [];
  let method = '';
  let path = '';
  let named: string | undefined;
  let host: string | undefined;
  let size = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string;
    const value = rawHeaders[index + 1] as string;
    size += name.length + value.length + 4; // As HTTP/1 would write it.
    switch (name) {
      case ':method':
        method = value;
        break;
      case ':path':
        path = value;
        break;
      case ':authority':
        named = value;
        break;
      case 'host':
        if (host !== undefined) throw requestError('Host: expected one, found more');
        host = value;
        break;
      default:
        if (!name.startsWith(':')) headers.push(name, value);
    }
  }
  const { headSize, headerCount, uriLength } = limits;
  if (size > headSize) throw requestError(`the head is longer than ${headSize} bytes`, 431);
  if (headers.length > 2 * headerCount) throw requestError(`the request has more than ${headerCount} headers`, 431);
  const authority = named ?? host;
  // RFC 9113 §8.3.1: malformed, for whoever stood in front may have gone by the other one.
  if (host !== undefined && host.toLowerCase() !== authority?.toLowerCase()) {
    throw requestError('Host: expected what :authority says');
  }
  if (authority !== undefined) {
    if (!isHost(authority)) throw requestError(':authority: expected a host and an optional port');
    headers.push('host', authority);
  }
  const target = method === 'CONNECT' ? (authority ?? '') : path;
  // nghttp2 looks at the paths of http and https alone; a whole URI would bring a second authority along.
  if (method !== 'CONNECT' && !target.startsWith('/') && target !== '*')
    throw requestError(':path: expected a path, or *');
  if (target.length > uriLength) throw requestError(`the target is longer than ${uriLength} bytes`, 414);
  return { method, target, protocol: 'HTTP/2.0', headers };
}
