import { countedBytes } from '@tsgi/core/server';
import { announcedLength, NO_ANSWER, parseFields, type Answer } from './answer.ts';

// The kit's own list: a judge does not ask the accused.
const HOP_BY_HOP =
  /^(?:connection|keep-alive|proxy-(?:authenticate|authorization|connection)|te|trailers|transfer-encoding|upgrade)$/i;

const STATUS = /^Status: (\d{3} [\t\x20-\x7e\x80-\xff]*)$/;

/** How the wire around a CGI response ended it. */
export interface Envelope {
  /** No more bytes will come. */
  readonly ended: boolean;
  /** The wire said that all went well: a FIN, an END_REQUEST with appStatus 0, exit status 0. */
  readonly orderly: boolean;
}

/**
 * Reads a CGI response (RFC 3875 §6) as it goes to a front end: `Status` first and CRLF, because nginx takes an answer
 * without a `Status` for a 200, and bare LF is not what RFC 3875 §6.2 lets a server rely on.
 */
export function parseCgiAnswer(output: Buffer, envelope: Envelope, method: string): Answer {
  const problems: string[] = [];
  const end = output.indexOf('\r\n\r\n');
  if (end === -1) {
    if (envelope.ended && output.byteLength > 0) problems.push('the response ended within its head');
    return { ...NO_ANSWER, problems, finished: envelope.ended };
  }
  const [statusLine = '', ...fields] = output.toString('latin1', 0, end).split('\r\n');
  const status = STATUS.exec(statusLine)?.[1];
  if (status === undefined)
    problems.push(`the first line is ${JSON.stringify(statusLine.slice(0, 80))}: expected Status`);
  const headers = parseFields(fields, problems);
  for (const [name] of headers) {
    if (name.toLowerCase() === 'status') problems.push('Status came twice (R60)');
    if (HOP_BY_HOP.test(name)) problems.push(`the hop-by-hop header ${name} left a gateway program (R61)`);
  }
  const code = Number(status?.slice(0, 3) ?? 0);
  const length = announcedLength(headers, problems);
  const body = output.subarray(end + 4);
  const noBody = method === 'HEAD' || code === 204 || code === 304;
  if (noBody && body.byteLength > 0)
    problems.push(`${countedBytes(body.byteLength)} of body where there can be none (R84, R85)`);
  if (code === 204 && length !== -1) problems.push('Content-Length on 204 (R85)');
  if (!noBody && length !== -1 && body.byteLength > length) {
    problems.push(`${countedBytes(body.byteLength)} of body, Content-Length is ${length} (R80)`);
  }
  return {
    ...NO_ANSWER,
    status: status ?? '',
    code,
    headers,
    body,
    framing: noBody ? 'none' : length === -1 ? 'close' : 'length',
    problems,
    finished: envelope.ended,
    complete: envelope.orderly && (noBody || length === -1 || body.byteLength >= length),
  };
}
