import type { Bytes, Write } from '@tsgi/core';
import type { CaseGroup, ConformanceCase } from '../run/case.ts';
import { noteThrow, TEXT, unchecked, utf8 } from '../run/case-apps.ts';

function notBytes(name: string, chunk: unknown): ConformanceCase {
  return {
    name,
    rule: 'R5, R87',
    app: (_, startResponse, trace) => {
      const write = startResponse('200 OK', [...TEXT]);
      noteThrow(trace, 'write', () => write(unchecked<Bytes>(chunk)));
      return [utf8('after')];
    },
    expect: { status: 200, body: 'after', notes: { write: 'threw' } },
    breaks: 'R5',
  };
}

/** More than any buffer on the way holds. */
function forty(): Buffer[] {
  return Array.from({ length: 40 }, (_, index) => Buffer.alloc(50_000, `${index} `));
}

/** `write`: before the body, in order, bytes only, and never late (R7, R8, R87). */
export const writing: CaseGroup = {
  hazard: 'write',
  cases: [
    {
      name: 'what-is-written-comes-before-the-body',
      rule: 'R7, R8',
      app: async (_, startResponse) => {
        const write = startResponse('200 OK', [...TEXT]);
        await write(utf8('one '));
        await write(utf8('two '));
        return [utf8('three')];
      },
      expect: { status: 200, body: 'one two three' },
    },
    {
      name: 'a-body-may-be-empty-after-write',
      rule: 'R8',
      app: async (_, startResponse) => {
        const write = startResponse('200 OK', [...TEXT]);
        await write(utf8('written'));
        return [];
      },
      expect: { status: 200, body: 'written' },
    },
    {
      name: 'a-generator-may-follow-write',
      rule: 'R8',
      app: async (_, startResponse) => {
        const write = startResponse('200 OK', [...TEXT]);
        await write(utf8('written '));
        return (function* body() {
          yield utf8('generated');
        })();
      },
      expect: { status: 200, body: 'written generated' },
    },
    {
      name: 'a-synchronous-app-need-not-await-write',
      rule: 'R87',
      app: (_, startResponse) => {
        const write = startResponse('200 OK', [...TEXT]);
        for (let index = 0; index < 200; index++) void write(utf8(`${index},`));
        return [utf8('end')];
      },
      expect: { status: 200, body: `${Array.from({ length: 200 }, (_, index) => `${index},`).join('')}end` },
    },
    {
      name: 'much-that-was-written-arrives-in-order',
      rule: 'R87',
      app: (_, startResponse) => {
        const write = startResponse('200 OK', [...TEXT]);
        for (const chunk of forty()) void write(chunk);
        return [utf8('end')];
      },
      expect: () => ({ status: 200, body: Buffer.concat([...forty(), Buffer.from('end')]) }),
    },
    {
      name: 'much-that-was-written-and-awaited-arrives',
      rule: 'R87',
      app: async (_, startResponse) => {
        const write = startResponse('200 OK', [...TEXT]);
        for (const chunk of forty()) await write(chunk);
        return [];
      },
      expect: () => ({ status: 200, body: Buffer.concat(forty()) }),
    },
    {
      name: 'write-gives-a-promise',
      rule: 'R87',
      app: async (_, startResponse, trace) => {
        const write = startResponse('200 OK', [...TEXT]);
        const written: unknown = write(utf8('one'));
        trace.note('promise', written instanceof Promise);
        trace.note('value', (await written) === undefined);
        return [];
      },
      expect: { status: 200, body: 'one', notes: { promise: true, value: true } },
    },
    {
      name: 'nothing-may-be-written',
      rule: 'R69',
      app: async (_, startResponse) => {
        const write = startResponse('200 OK', [...TEXT]);
        await write(utf8('one '));
        await write(new Uint8Array(0));
        await write(utf8('two'));
        return [];
      },
      expect: { status: 200, body: 'one two' },
    },
    notBytes('writing-a-string-throws', 'text'),
    notBytes('writing-a-number-throws', 42),
    notBytes('writing-undefined-throws', undefined),
    notBytes('writing-an-array-of-numbers-throws', [72, 105]),
    notBytes('writing-an-array-buffer-throws', new ArrayBuffer(2)),
    {
      name: 'write-within-the-body-throws',
      rule: 'R7',
      app: (_, startResponse, trace) => {
        const write = startResponse('200 OK', [...TEXT]);
        return (function* body() {
          yield utf8('one ');
          noteThrow(trace, 'late', () => write(utf8('late ')));
          yield utf8('two');
        })();
      },
      expect: { status: 200, body: 'one two', notes: { late: 'threw' } },
      breaks: 'R7',
    },
    {
      name: 'write-in-the-first-iteration-throws',
      rule: 'R7',
      app: (_, startResponse, trace) =>
        (function* body() {
          const write = startResponse('200 OK', [...TEXT]);
          noteThrow(trace, 'late', () => write(utf8('late ')));
          yield utf8('body');
        })(),
      expect: { status: 200, body: 'body', notes: { late: 'threw' } },
      breaks: 'R7',
    },
    {
      name: 'write-after-the-response-throws',
      rule: 'R7',
      app: (environ, startResponse, trace) => {
        const write: Write = startResponse('200 OK', [...TEXT]);
        environ['tsgi.after_response'].push(() => noteThrow(trace, 'late', () => write(utf8('late'))));
        return [utf8('whole')];
      },
      expect: { status: 200, body: 'whole', notes: { late: 'threw' } },
      breaks: 'R7',
    },
  ],
};
