import { announcedLength, headerValues, NO_ANSWER, parseFields, type Answer, type AnswerHead } from './answer.ts';
import type { Ending } from './channel.ts';

const STATUS_LINE = /^HTTP\/1\.1 (\d{3} [\t\x20-\x7e\x80-\xff]*)$/;
const CHUNK_SIZE = /^([0-9A-Fa-f]+)$/;

interface ParsedHead extends AnswerHead {
  readonly code: number;
  readonly length: number;
}

/** One head at the front of `bytes`; undefined while it is not all there. */
function parseHead(bytes: Buffer, problems: string[]): ParsedHead | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const [statusLine = '', ...fields] = bytes.toString('latin1', 0, end).split('\r\n');
  const status = STATUS_LINE.exec(statusLine)?.[1];
  if (status === undefined) problems.push(`malformed status line ${JSON.stringify(statusLine.slice(0, 80))}`);
  const headers = parseFields(fields, problems);
  return { status: status ?? '', code: Number(status?.slice(0, 3) ?? 0), headers, length: end + 4 };
}

interface ParsedBody {
  readonly body: Buffer;
  readonly ended: boolean;
  readonly rest: Buffer;
}

/** RFC 9112 §7.1, without extensions and trailers, which no server has reason to send to us. */
function parseChunks(bytes: Buffer, problems: string[]): ParsedBody {
  const chunks: Buffer[] = [];
  let offset = 0;
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', offset);
    if (lineEnd === -1) break;
    const line = bytes.toString('latin1', offset, lineEnd);
    const digits = CHUNK_SIZE.exec(line)?.[1];
    if (digits === undefined) {
      problems.push(`malformed chunk size ${JSON.stringify(line.slice(0, 40))}`);
      break;
    }
    const start = lineEnd + 2;
    const size = Number.parseInt(digits, 16);
    const end = start + size;
    if (bytes.byteLength < end + 2) {
      chunks.push(bytes.subarray(start, Math.min(end, bytes.byteLength)));
      break;
    }
    if (bytes.toString('latin1', end, end + 2) !== '\r\n') {
      problems.push('a chunk is not followed by CRLF');
      break;
    }
    if (size === 0) return { body: Buffer.concat(chunks), ended: true, rest: bytes.subarray(end + 2) };
    chunks.push(bytes.subarray(start, end));
    offset = end + 2;
  }
  return { body: Buffer.concat(chunks), ended: false, rest: Buffer.alloc(0) };
}

function framingOf(
  head: ParsedHead,
  method: string,
  problems: string[],
): { framing: Answer['framing']; length: number } {
  const length = announcedLength(head.headers, problems);
  const codings = headerValues(head, 'transfer-encoding');
  if (codings.length > 0) {
    if (length !== -1) problems.push('Transfer-Encoding and Content-Length came together (RFC 9112 §6.2)');
    if (codings.join(', ').toLowerCase() !== 'chunked') problems.push(`Transfer-Encoding: ${codings.join(', ')}`);
  }
  const noBody = method === 'HEAD' || head.code === 204 || head.code === 304;
  if (noBody) {
    if (head.code !== 304 && method !== 'HEAD' && length !== -1) problems.push('Content-Length on 204 (R85)');
    if (head.code !== 200 && codings.length > 0) problems.push(`Transfer-Encoding on ${head.code} (R85)`);
    return { framing: 'none', length: 0 };
  }
  if (codings.length > 0) return { framing: 'chunked', length: -1 };
  return length === -1 ? { framing: 'close', length } : { framing: 'length', length };
}

/**
 * Reads one answer off the front of a connection (RFC 9112), as strictly as a peer may. Knows nothing of the servers'
 * own codecs.
 *
 * @param method of the request: the answer to HEAD has no body.
 */
export function parseHttpAnswer(received: Buffer, ending: Ending, method: string): Answer {
  const problems: string[] = [];
  const interim: AnswerHead[] = [];
  let bytes = received;
  let head = parseHead(bytes, problems);
  while (head !== undefined && head.code >= 100 && head.code < 200 && head.code !== 101) {
    interim.push({ status: head.status, headers: head.headers });
    bytes = bytes.subarray(head.length);
    head = parseHead(bytes, problems);
  }
  if (head === undefined) {
    if (ending !== 'open' && bytes.byteLength > 0) problems.push('the connection ended within a head');
    return { ...NO_ANSWER, interim, problems, finished: ending !== 'open' };
  }
  const { framing, length } = framingOf(head, method, problems);
  const parsed = parseBody(bytes.subarray(head.length), framing, length, ending, problems);
  return {
    ...NO_ANSWER,
    status: head.status,
    code: head.code,
    headers: head.headers,
    interim,
    framing,
    problems,
    body: parsed.body,
    rest: parsed.rest,
    complete: parsed.ended,
    finished: parsed.ended || ending !== 'open' || problems.length > 0,
  };
}

function parseBody(
  bytes: Buffer,
  framing: Answer['framing'],
  length: number,
  ending: Ending,
  problems: string[],
): ParsedBody {
  if (framing === 'chunked') return parseChunks(bytes, problems);
  if (framing === 'close') return { body: bytes, ended: ending === 'orderly', rest: Buffer.alloc(0) };
  return {
    body: bytes.subarray(0, length),
    ended: bytes.byteLength >= length,
    rest: bytes.subarray(Math.min(length, bytes.byteLength)),
  };
}
