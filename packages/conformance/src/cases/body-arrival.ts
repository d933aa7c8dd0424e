import type { CaseGroup } from '../run/case.ts';
import { noteRejection, noting, ok, utf8 } from '../run/case-apps.ts';
import { latin1, LINES, reading } from '../run/input-cases.ts';
import { bytesOf, type CaseRequest } from '../wires/request.ts';

const NO_BODY: CaseRequest = {};
// The pattern's length divides no buffer's: bytes that are lost or swapped do not go unnoticed.
const LARGE = Buffer.alloc(1_000_000, Array.from({ length: 1999 }, (_, index) => `${index};`).join(''));

/** Bodies that are not there, that are large, and that come while they are read (R44 to R46, R53, R54). */
export const bodyArrival: CaseGroup = {
  hazard: 'The request body as it arrives',
  cases: [
    reading(
      'without-a-body-read-gives-nothing',
      'R45',
      async (input, trace) => trace.note('length', (await input.read()).byteLength),
      { length: 0 },
      NO_BODY,
    ),
    reading(
      'without-a-body-a-sized-read-gives-nothing',
      'R45',
      async (input, trace) => trace.note('length', (await input.read(10)).byteLength),
      { length: 0 },
      NO_BODY,
    ),
    reading(
      'without-a-body-there-are-no-lines',
      'R45',
      async (input, trace) =>
        trace.note('lines', [(await input.readline()).byteLength, (await input.readlines()).length]),
      { lines: [0, 0] },
      NO_BODY,
    ),
    reading(
      'without-a-body-iteration-ends-at-once',
      'R45',
      async (input, trace) => {
        let chunks = 0;
        for await (const chunk of input) chunks += chunk.byteLength + 1;
        trace.note('chunks', chunks);
      },
      { chunks: 0 },
      NO_BODY,
    ),
    reading(
      'an-empty-body-gives-nothing',
      'R45',
      async (input, trace) => trace.note('length', (await input.read()).byteLength),
      { length: 0 },
      { method: 'POST', body: [''] },
    ),
    reading(
      'a-get-may-have-a-body',
      'R45',
      async (input, trace) => trace.note('body', latin1(await input.read())),
      { body: 'get body' },
      { body: ['get body'] },
    ),
    reading(
      'a-body-in-pieces-is-one-body',
      'R46',
      async (input, trace) => trace.note('body', latin1(await input.read())),
      { body: 'one two three' },
      { method: 'POST', body: ['one', ' ', 'two', ' ', 'three'] },
    ),
    reading(
      'a-large-body-arrives-whole',
      'R45',
      async (input, trace) => {
        const chunks: Uint8Array[] = [];
        for await (const chunk of input) chunks.push(chunk);
        trace.note('same', LARGE.equals(Buffer.concat(chunks)));
      },
      { same: true },
      { method: 'POST', body: [LARGE] },
    ),
    reading(
      'a-large-body-can-be-read-at-once',
      'R44',
      async (input, trace) => trace.note('same', LARGE.equals(await input.read())),
      { same: true },
      { method: 'POST', body: [LARGE] },
    ),
    reading(
      'a-long-line-across-pieces-is-one-line',
      'R43',
      async (input, trace) =>
        trace.note(
          'lines',
          (await input.readlines()).map((line) => line.byteLength),
        ),
      { lines: [40_001, 3] },
      { method: 'POST', body: ['x'.repeat(20_000), 'x'.repeat(20_000), '\nend'] },
    ),
    reading(
      'two-reads-at-once-are-refused',
      'R54',
      async (input, trace) => {
        const first = input.read();
        await noteRejection(trace, 'second', () => input.read());
        trace.note('first', latin1(await first));
      },
      { second: 'rejected', first: LINES },
      { method: 'POST', body: [LINES] },
      {
        breaks: 'R54',
        // The body comes when both reads have been made.
        talk: async (stage) => {
          const peer = await stage.open({ length: LINES.length });
          peer.sendHead();
          await stage.report(({ notes }) => 'second' in notes);
          peer.sendBody(bytesOf(LINES));
          peer.endBody();
          return peer.finish();
        },
      },
    ),
    reading(
      'a-read-beside-a-step-of-an-iteration-is-refused',
      'R54',
      async (input, trace) => {
        // Its first line has come: nothing that is read now waits.
        const line = latin1(await input.readline());
        const step = input[Symbol.asyncIterator]().next();
        await noteRejection(trace, 'second', () => input.read());
        const { value } = await step;
        trace.note('body', line + latin1(value ?? new Uint8Array(0)) + latin1(await input.read()));
      },
      { second: 'rejected', body: LINES },
      { method: 'POST', body: [LINES] },
      { breaks: 'R54' },
    ),
    {
      name: 'a-body-is-read-while-it-arrives',
      rule: 'R45, R46',
      app: noting(async (environ, trace) => {
        const input = environ['tsgi.input'];
        trace.note('first', latin1(await input.read(100)));
        trace.note('rest', latin1(await input.read()));
      }),
      request: { method: 'POST', length: 11 },
      talk: async (stage) => {
        const peer = await stage.open();
        peer.sendHead();
        peer.sendBody(utf8('early'));
        await stage.report(({ notes }) => 'first' in notes);
        peer.sendBody(utf8(' later'));
        peer.endBody();
        return peer.finish();
      },
      expect: { status: 200, notes: { first: 'early', rest: ' later' } },
    },
    {
      name: 'an-answer-may-come-before-the-body',
      rule: 'R53',
      app: async (environ, startResponse, trace) => {
        ok(startResponse);
        const write = startResponse;
        trace.note('started', typeof write === 'function');
        return (async function* body() {
          yield utf8('early ');
          yield await environ['tsgi.input'].read();
        })();
      },
      request: { method: 'POST', length: 5 },
      talk: async (stage) => {
        const peer = await stage.open();
        peer.sendHead();
        const early = await peer.until(({ body }) => body.byteLength >= 6);
        stage.note('early', early.body.toString('latin1'));
        peer.sendBody(utf8('later'));
        peer.endBody();
        return peer.finish();
      },
      expect: { status: 200, body: 'early later', client: { early: 'early ' } },
    },
  ],
};
