import { NO_ANSWER, type Answer } from './answer.ts';
import { parseCgiAnswer } from './cgi-answer.ts';
import type { Ending } from './channel.ts';
import { FCGI, parseRecords, type FcgiRecord } from './fcgi-records.ts';

interface Streams {
  readonly output: Buffer;
  readonly log: string;
  readonly outputEnded: boolean;
  readonly end: { readonly appStatus: number; readonly protocolStatus: number } | undefined;
}

/** The streams of one request, and what FastCGI says of their order (§5.3, §5.5). */
function readStreams(records: readonly FcgiRecord[], id: number, problems: string[]): Streams {
  const output: Buffer[] = [];
  let log = '';
  let outputEnded = false;
  let logOpen = false;
  let end: Streams['end'];
  for (const { type, id: owner, content } of records) {
    if (owner !== id) {
      if (owner === 0 && type < FCGI.GET_VALUES) problems.push(`a record of type ${type} has request id 0`);
      continue;
    }
    if (end !== undefined) {
      problems.push(`a record of type ${type} came after END_REQUEST (R96)`);
    } else if (type === FCGI.STDOUT) {
      if (outputEnded) problems.push('STDOUT went on after its empty record (R69, R95)');
      if (content.byteLength === 0) outputEnded = true;
      else output.push(content);
    } else if (type === FCGI.STDERR) {
      logOpen = content.byteLength > 0;
      log += content.toString('utf8');
    } else if (type === FCGI.END_REQUEST) {
      if (content.byteLength !== 8) problems.push(`END_REQUEST has ${content.byteLength} bytes: expected 8`);
      else end = { appStatus: content.readUInt32BE(0), protocolStatus: content[4] ?? 0 };
      if (logOpen) problems.push('STDERR was used and not ended by an empty record (R95)');
      if (end?.protocolStatus === 0 && output.length > 0 && !outputEnded) {
        problems.push('STDOUT was not ended by an empty record (R95)');
      }
    } else problems.push(`a record of type ${type} came from an application (R95)`);
  }
  return { output: Buffer.concat(output), log, outputEnded, end };
}

/**
 * Reads the answer to one request off a FastCGI connection, as strictly as nginx does and more.
 *
 * @param closes the request said that the connection ends with it (no KEEP_CONN): then it is over with the connection.
 */
export function parseFcgiAnswer(received: Buffer, ending: Ending, method: string, id: number, closes: boolean): Answer {
  const problems: string[] = [];
  const { records, rest } = parseRecords(received, problems);
  if (ending !== 'open' && rest.byteLength > 0) problems.push('the connection ended within a record');
  const { output, log, end } = readStreams(records, id, problems);
  const ended = end !== undefined || ending !== 'open';
  const orderly = end !== undefined && end.appStatus === 0 && end.protocolStatus === 0;
  const answer = parseCgiAnswer(output, { ended, orderly }, method);
  return {
    ...NO_ANSWER,
    ...answer,
    log,
    problems: [...problems, ...answer.problems],
    finished: closes ? ending !== 'open' : ended,
    ...(end === undefined ? {} : { end }),
  };
}
