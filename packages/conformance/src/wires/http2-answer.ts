import { countedBytes } from '@tsgi/core/server';
import { announcedLength, NO_ANSWER, type Answer } from './answer.ts';
import type { Http2Channel } from './http2-channel.ts';

/**
 * What has come of one answer on HTTP/2 (RFC 9113 §8). node:http2 refuses malformed frames and fields; what it lets pass is
 * judged here.
 *
 * @param method of the request: the answer to HEAD has no body.
 */
export function parseHttp2Answer(
  { head, interim, received, ending }: Pick<Http2Channel, 'head' | 'interim' | 'received' | 'ending'>,
  method: string,
): Answer {
  const problems: string[] = [];
  const finished = ending !== 'open';
  if (head === undefined) return { ...NO_ANSWER, interim, finished };
  const code = Number(head.status);
  const length = announcedLength(head.headers, problems);
  const noBody = method === 'HEAD' || code === 204 || code === 304;
  if (noBody && received.byteLength > 0) {
    problems.push(`${countedBytes(received.byteLength)} of body where there can be none (R84, R85)`);
  }
  if (code === 204 && length !== -1) problems.push('Content-Length on 204 (R85)');
  if (!noBody && length !== -1 && received.byteLength > length) {
    problems.push(`${countedBytes(received.byteLength)} of body, Content-Length is ${length} (R80)`);
  }
  return {
    ...NO_ANSWER,
    status: head.status,
    code,
    headers: head.headers,
    interim,
    body: received,
    framing: noBody ? 'none' : length === -1 ? 'close' : 'length',
    problems,
    finished,
    complete: ending === 'orderly' && (noBody || length === -1 || received.byteLength >= length),
  };
}
