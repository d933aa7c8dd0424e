import { countedBytes } from '@tsgi/core/server';
import { headerValues, type Answer } from '../wires/answer.ts';
import type { Expectation, HeaderExpectation, NoteExpectation, Seen } from './case.ts';
import { clientOf, schemeOf, type Target } from '../wires/target.ts';
import { isOfKind } from '../wires/wire.ts';
import type { Note } from '../app/trace.ts';

function shown(value: unknown): string {
  const text = value instanceof RegExp ? String(value) : (JSON.stringify(value) ?? 'nothing');
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}

function equal(found: Note | undefined, expected: NoteExpectation): boolean {
  if (expected instanceof RegExp) return typeof found === 'string' && expected.test(found);
  return JSON.stringify(found) === JSON.stringify(expected);
}

function judgeHeader(values: readonly string[], expected: HeaderExpectation): boolean {
  if (expected === null) return values.length === 0;
  if (typeof expected === 'string') return values.length === 1 && values[0] === expected;
  if (expected instanceof RegExp) return values.length === 1 && expected.test(values[0] ?? '');
  return JSON.stringify(values) === JSON.stringify(expected);
}

function judgeStatus(
  answer: Answer,
  expected: number | string | readonly number[],
  { wire }: Pick<Seen, 'wire'>,
): boolean {
  // HTTP/2 has no reason phrases (RFC 9113 §8.3.2).
  if (typeof expected === 'string') return answer.status === (wire === 'http2' ? expected.slice(0, 3) : expected);
  return typeof expected === 'number' ? answer.code === expected : expected.includes(answer.code);
}

function judgeBody(body: Buffer, expected: string | Uint8Array | RegExp): boolean {
  if (expected instanceof RegExp) return expected.test(body.toString('latin1'));
  return body.equals(typeof expected === 'string' ? Buffer.from(expected, 'latin1') : expected);
}

/**
 * A truncation without a length cannot be told where a close is all that there is (R77): SCGI and its like on a UNIX socket; and TLS,
 * since node:tls does not tell an end without close_notify from one with it. HTTP/2 has END_STREAM.
 */
function cannotTellTruncation(target: Target, answer: Answer): boolean {
  if (answer.framing !== 'close' || target.wire === 'http2') return false;
  return isOfKind(target.wire, 'closing-ends-body', clientOf(target)) ? 'path' in target : schemeOf(target) === 'https';
}

function judgeAnswer(answer: Answer, expected: Expectation, target: Target): string[] {
  const problems: string[] = [];
  const say = (what: string, found: unknown, wanted: unknown): void => {
    problems.push(`${what}: found ${shown(found)}, expected ${shown(wanted)}`);
  };
  const { complete = true } = expected;
  // A reset may overtake the head, and all that was sent with it: that is seen to be cut off, too.
  if (complete === false && answer.code === 0 && answer.finished) return problems;
  for (const problem of answer.problems) {
    // What is cut off may be cut anywhere.
    if (complete === true || !problem.startsWith('the connection ended within')) problems.push(problem);
  }
  if (answer.rest.byteLength > 0) problems.push(`${countedBytes(answer.rest.byteLength)} followed the answer`);
  if (expected.status !== undefined && !judgeStatus(answer, expected.status, target)) {
    say('status', answer.status || 'no answer', expected.status);
  }
  for (const [name, wanted] of Object.entries(expected.headers ?? {})) {
    const values = headerValues(answer, name);
    if (!judgeHeader(values, wanted)) say(`header ${name}`, values, wanted ?? 'none');
  }
  if (expected.body !== undefined && !judgeBody(answer.body, expected.body)) {
    const wanted = expected.body instanceof Uint8Array ? `${countedBytes(expected.body.byteLength)}` : expected.body;
    say(
      'body',
      answer.body.byteLength > 400 ? `${countedBytes(answer.body.byteLength)}` : answer.body.toString('latin1'),
      wanted,
    );
  }
  if (complete === true && !answer.complete) problems.push('the answer looks cut off: expected a whole one');
  if (complete === false && answer.complete && !cannotTellTruncation(target, answer)) {
    problems.push('the answer looks whole: expected one that its peer can see was cut off');
  }
  return problems;
}

function judgeRefusal(answer: Answer | undefined, expected: Expectation, calls: number): string[] {
  const problems: string[] = [];
  if (calls > 0) problems.push('the application was called: expected the server to refuse the request');
  if (answer === undefined || answer.code === 0) {
    if (expected.refused === 'answered') problems.push('no answer: expected the server to refuse with a status');
    if (answer?.finished === false) problems.push('the connection is still open: expected it to be closed');
  } else if (answer.code < 400) problems.push(`status: found ${answer.status}, expected a refusal`);
  return problems;
}

/** Whether judging needs to know what happened inside the application. */
export function needsReport(expected: Expectation): boolean {
  const { calls, events, notes, environ, refused, check } = expected;
  return [calls, events, notes, environ, refused, check].some((part) => part !== undefined);
}

/** Holds what was seen against what is expected. Each problem is a sentence: what was found, what was expected. */
export function judge(seen: Seen, expected: Expectation, target: Target): string[] {
  const { answer, report, client } = seen;
  const problems: string[] = [];
  const say = (what: string, found: unknown, wanted: unknown): void => {
    problems.push(`${what}: found ${shown(found)}, expected ${shown(wanted)}`);
  };
  if (expected.refused !== undefined) {
    problems.push(...judgeRefusal(answer, expected, report.calls));
    if (answer !== undefined && answer.code !== 0 && expected.status !== undefined) {
      if (!judgeStatus(answer, expected.status, target)) say('status', answer.status, expected.status);
    }
  } else if (answer !== undefined) problems.push(...judgeAnswer(answer, expected, target));
  else if (expected.unanswered === undefined) problems.push('no answer');
  if (expected.calls !== undefined && report.calls !== expected.calls)
    say('calls of the application', report.calls, expected.calls);
  if (expected.events !== undefined && JSON.stringify(report.events) !== JSON.stringify(expected.events)) {
    say('events', report.events, expected.events);
  }
  for (const [key, wanted] of Object.entries(expected.notes ?? {})) {
    if (!equal(report.notes[key], wanted)) say(`note ${key}`, report.notes[key], wanted);
  }
  for (const [key, wanted] of Object.entries(expected.client ?? {})) {
    if (!equal(client[key], wanted)) say(`seen by the kit, ${key}`, client[key], wanted);
  }
  problems.push(...judgeEnviron(report.notes.environ, expected));
  const own = expected.check?.(seen);
  return own === undefined ? problems : [...problems, own];
}

function judgeEnviron(found: Note | undefined, expected: Expectation): string[] {
  const variables = new Map(Object.entries(typeof found === 'object' && found !== null ? found : {}));
  const problems: string[] = [];
  for (const [name, wanted] of Object.entries(expected.environ ?? {})) {
    const value = variables.get(name);
    const right = wanted === null ? value === undefined : equal(value, wanted);
    if (!right) problems.push(`${name}: found ${shown(value)}, expected ${shown(wanted ?? 'none')}`);
  }
  return problems;
}
