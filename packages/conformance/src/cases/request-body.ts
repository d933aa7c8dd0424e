import type { CaseGroup, ConformanceCase } from '../run/case.ts';
import { noteRejection } from '../run/case-apps.ts';
import { latin1, LINES, reading } from '../run/input-cases.ts';

/** Each piece that a method gives, until it gives nothing. */
async function pieces(next: () => Promise<Uint8Array>): Promise<string[]> {
  const found: string[] = [];
  for (let bytes = await next(); bytes.byteLength > 0; bytes = await next()) found.push(latin1(bytes));
  return found;
}

const BINARY = Uint8Array.from({ length: 256 }, (_, byte) => byte);

function wrongSize(name: string, method: 'read' | 'readline' | 'readlines', size: unknown): ConformanceCase {
  return reading(
    name,
    'R43',
    async (input, trace) => {
      // Wrong on purpose: TypeScript's callers cannot, JavaScript's can.
      await noteRejection(trace, 'wrong', () => Reflect.apply(input[method], input, [size]));
      trace.note('rest', latin1(await input.read()));
    },
    { wrong: 'rejected', rest: LINES },
    undefined,
    { breaks: 'R43' },
  );
}

/** `tsgi.input`: every method of it, with a body that is all there (R43 to R46). */
export const requestBody: CaseGroup = {
  hazard: 'Reading the request body',
  cases: [
    reading(
      'read-gives-the-whole-body',
      'R44',
      async (input, trace) => trace.note('body', latin1(await input.read())),
      { body: LINES },
    ),
    reading(
      'read-with-a-size-gives-at-most-that',
      'R46',
      async (input, trace) => {
        const found = await pieces(() => input.read(4));
        trace.note('longest', Math.max(...found.map((piece) => piece.length)) <= 4);
        trace.note('body', found.join(''));
      },
      { longest: true, body: LINES },
    ),
    reading(
      'read-0-takes-nothing',
      'R46',
      async (input, trace) => {
        trace.note('none', (await input.read(0)).byteLength);
        trace.note('body', latin1(await input.read()));
      },
      { none: 0, body: LINES },
    ),
    reading(
      'after-the-end-reads-are-empty',
      'R45',
      async (input, trace) => {
        await input.read();
        trace.note('after', [
          (await input.read()).byteLength,
          (await input.read(10)).byteLength,
          (await input.readline()).byteLength,
          (await input.readlines()).length,
        ]);
      },
      { after: [0, 0, 0, 0] },
    ),
    reading(
      'readline-gives-lines-with-their-ends',
      'R43',
      async (input, trace) => trace.note('lines', await pieces(() => input.readline())),
      {
        lines: ['first\n', 'second line\n', '\n', 'last without end'],
      },
    ),
    reading(
      'readline-with-a-size-cuts-long-lines',
      'R43',
      async (input, trace) => trace.note('lines', await pieces(() => input.readline(8))),
      {
        lines: ['first\n', 'second l', 'ine\n', '\n', 'last wit', 'hout end'],
      },
    ),
    reading(
      'lines-keep-their-carriage-returns',
      'R43, R46',
      async (input, trace) => {
        trace.note('line', latin1(await input.readline()));
        trace.note('lines', (await input.readlines()).map(latin1));
      },
      { line: 'one\r\n', lines: ['\r\r\n', 'two\r'] },
      { method: 'POST', body: ['one\r\n\r\r\ntwo\r'] },
    ),
    reading(
      'readline-0-takes-nothing',
      'R43',
      async (input, trace) => {
        trace.note('none', (await input.readline(0)).byteLength);
        trace.note('line', latin1(await input.readline()));
      },
      { none: 0, line: 'first\n' },
    ),
    reading(
      'readlines-gives-all-lines',
      'R43',
      async (input, trace) => trace.note('lines', (await input.readlines()).map(latin1)),
      {
        lines: ['first\n', 'second line\n', '\n', 'last without end'],
      },
    ),
    reading(
      'readlines-with-a-hint-stops-after-it',
      'R43',
      async (input, trace) => {
        trace.note('lines', (await input.readlines(7)).map(latin1));
        trace.note('rest', latin1(await input.read()));
      },
      { lines: ['first\n', 'second line\n'], rest: '\nlast without end' },
    ),
    reading(
      'iteration-gives-the-body-in-chunks',
      'R43',
      async (input, trace) => {
        const chunks: string[] = [];
        for await (const chunk of input) chunks.push(latin1(chunk));
        trace.note('empty', chunks.includes(''));
        trace.note('body', chunks.join(''));
      },
      { empty: false, body: LINES },
    ),
    reading(
      'methods-can-be-mixed',
      'R43',
      async (input, trace) => {
        trace.note('line', latin1(await input.readline()));
        const some = latin1(await input.read(6));
        trace.note('body', some + latin1(await input.read()));
      },
      { line: 'first\n', body: 'second line\n\nlast without end' },
    ),
    reading(
      'an-iteration-that-was-left-can-be-followed-by-read',
      'R43',
      async (input, trace) => {
        let found = '';
        for await (const chunk of input) {
          found = latin1(chunk);
          break;
        }
        trace.note('body', found + latin1(await input.read()));
      },
      { body: LINES },
    ),
    reading(
      'chunks-are-bytes',
      'R46',
      async (input, trace) => trace.note('bytes', (await input.read()) instanceof Uint8Array),
      { bytes: true },
    ),
    reading(
      'every-byte-value-arrives',
      'R46',
      async (input, trace) => trace.note('body', latin1(await input.read())),
      { body: latin1(BINARY) },
      { method: 'POST', body: [BINARY] },
    ),
    wrongSize('a-negative-size-is-refused', 'read', -1),
    wrongSize('a-fractional-size-is-refused', 'read', 1.5),
    wrongSize('a-size-that-is-nan-is-refused', 'read', Number.NaN),
    wrongSize('a-size-that-is-text-is-refused', 'read', '4'),
    wrongSize('a-size-that-is-null-is-refused', 'read', null),
    wrongSize('a-negative-size-of-a-line-is-refused', 'readline', -1),
    wrongSize('a-negative-hint-is-refused', 'readlines', -1),
  ],
};
