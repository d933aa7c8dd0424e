import type { Answer } from './answer.ts';
import type { ConformanceCase, Expectation } from '../run/case.ts';
import { parseFcgiAnswer } from './fcgi-answer.ts';
import { beginRequest, FCGI, pairs, parseRecords, record, ROLE, stream } from './fcgi-records.ts';
import { metaVariables } from './meta-variables.ts';
import type { CaseRequest } from './request.ts';
import type { SocketChannel } from './socket-channel.ts';
import type { Stage } from './stage.ts';

/** A request with a body of four bytes. */
export const POST: CaseRequest = { method: 'POST', length: 4 };

/** The content of PARAMS for the case's request. */
export function params(stage: Stage, changes: CaseRequest = {}): Buffer {
  return pairs(metaVariables(stage.request(changes), false));
}

/** BEGIN_REQUEST, PARAMS and the end of PARAMS. */
export function opening(stage: Stage, id: number, keep: boolean, changes: CaseRequest = {}): Buffer {
  return Buffer.concat([
    beginRequest(id, ROLE.RESPONDER, keep),
    stream(FCGI.PARAMS, id, params(stage, changes)),
    record(FCGI.PARAMS, id),
  ]);
}

/** The answer to one request of a connection, when it is over. */
export async function answerOf(channel: SocketChannel, id: number, closes: boolean): Promise<Answer> {
  const parse = (): Answer => parseFcgiAnswer(channel.received, channel.ending, 'GET', id, closes);
  await channel.until(() => parse().finished);
  const answer = parse();
  return answer.finished ? answer : { ...answer, problems: [...answer.problems, 'no END_REQUEST in time'] };
}

/** A case that speaks FastCGI itself, on a connection of its own. */
export function talking(
  name: string,
  rule: string,
  app: ConformanceCase['app'],
  talk: (stage: Stage, channel: SocketChannel) => Promise<Answer | undefined>,
  expect: Expectation,
  more: Partial<ConformanceCase> = {},
): ConformanceCase {
  return {
    name: `fcgi-${name}`,
    rule,
    wires: ['fcgi'],
    app,
    talk: async (stage) => talk(stage, await stage.connect()),
    expect,
    ...more,
  };
}

/** The types of the records that came for a request id, in order. */
export function recordTypes(channel: SocketChannel, id: number): number[] {
  return parseRecords(channel.received, [])
    .records.filter((found) => found.id === id)
    .map(({ type }) => type);
}
