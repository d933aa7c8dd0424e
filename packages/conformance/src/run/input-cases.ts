import type { Input } from '@tsgi/core';
import { noting } from './case-apps.ts';
import type { ConformanceCase, Expectation } from './case.ts';
import type { CaseRequest } from '../wires/request.ts';
import type { Trace } from '../app/trace.ts';

/** A body of four lines, of which one is empty and the last has no end. */
export const LINES = 'first\nsecond line\n\nlast without end';

/** Bytes as a byte string. */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

/** A case whose application reads its body, and writes down what it got. Default request: `LINES`. */
export function reading(
  name: string,
  rule: string,
  read: (input: Input, trace: Trace) => Promise<void>,
  notes: NonNullable<Expectation['notes']>,
  request: CaseRequest = { method: 'POST', body: [LINES] },
  more: Partial<ConformanceCase> = {},
): ConformanceCase {
  return {
    name,
    rule,
    app: noting(async (environ, trace) => read(environ['tsgi.input'], trace)),
    request,
    expect: { status: 200, body: 'seen', notes },
    ...more,
  };
}
