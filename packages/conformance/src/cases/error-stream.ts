import type { CaseGroup, ConformanceCase } from '../run/case.ts';
import { noting } from '../run/case-apps.ts';
import type { ErrorStream } from '@tsgi/core';

function writes(name: string, work: (errors: ErrorStream) => void): ConformanceCase {
  return {
    name,
    rule: 'R55',
    app: noting((environ, trace) => {
      work(environ['tsgi.errors']);
      trace.note('written', true);
    }),
    expect: { status: 200, body: 'seen', notes: { written: true } },
  };
}

/** Where an application reports its errors: text of any kind, never in the answer (R55). */
export const errorStream: CaseGroup = {
  hazard: 'The error stream',
  cases: [
    writes('text-can-be-written-to-the-errors', (errors) => errors.write('conformance: a line on purpose\n')),
    writes('lines-can-be-written-to-the-errors', (errors) =>
      errors.writelines(['conformance: one\n', 'conformance: two\n']),
    ),
    writes('lines-may-be-any-iterable', (errors) => errors.writelines(new Set(['conformance: of a set\n']))),
    writes('the-errors-can-be-flushed', (errors) => errors.flush()),
    writes('any-unicode-can-be-written-to-the-errors', (errors) =>
      errors.write('conformance: \u20ac \u{1f600} \u00e9\n'),
    ),
    writes('lone-surrogates-can-be-written-to-the-errors', (errors) => errors.write('conformance: \ud800 \udc00\n')),
    writes('control-characters-can-be-written-to-the-errors', (errors) =>
      errors.write('conformance: \0 \u001b[31m \r\n'),
    ),
    writes('empty-text-can-be-written-to-the-errors', (errors) => errors.write('')),
    writes('much-text-can-be-written-to-the-errors', (errors) =>
      errors.write(`conformance: ${'long '.repeat(2000)}\n`),
    ),
  ],
};
