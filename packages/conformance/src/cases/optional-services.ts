import type { Bytes, Environ, FileLike, Header } from '@tsgi/core';
import { headerValues } from '../wires/answer.ts';
import type { CaseApp, CaseGroup, ConformanceCase, Expectation } from '../run/case.ts';
import { noteThrow, ok, utf8 } from '../run/case-apps.ts';
import type { Trace } from '../app/trace.ts';

/** A file of text that is read piece by piece, and writes down what is done to it. */
function memoryFile(trace: Trace, text: string): FileLike {
  let left = utf8(text);
  return {
    read(size: number): Bytes {
      trace.event('read');
      const piece = left.subarray(0, size);
      left = left.subarray(piece.byteLength);
      return piece;
    },
    close: () => trace.event('close'),
  };
}

function wrapping(
  name: string,
  app: (environ: Environ, wrap: NonNullable<Environ['tsgi.file_wrapper']>, trace: Trace) => ReturnType<CaseApp>,
  expect: Expectation,
  headers: readonly Header[] = [],
): ConformanceCase {
  return {
    name,
    rule: 'R88',
    optional: true,
    app: (environ, startResponse, trace) => {
      const wrap = environ['tsgi.file_wrapper'];
      ok(startResponse, ...headers);
      if (wrap !== undefined) return app(environ, wrap, trace);
      trace.note('absent', 'tsgi.file_wrapper');
      return [];
    },
    expect: { status: 200, ...expect },
  };
}

function hinting(
  name: string,
  hint: (hints: NonNullable<Environ['tsgi.early_hints']>, trace: Trace) => void,
  expect: Expectation,
): ConformanceCase {
  return {
    name,
    rule: 'R67',
    optional: true,
    app: (environ, startResponse, trace) => {
      const hints = environ['tsgi.early_hints'];
      if (hints === undefined) trace.note('absent', 'tsgi.early_hints');
      else hint(hints, trace);
      ok(startResponse);
      return [utf8('final')];
    },
    expect: { status: 200, body: 'final', ...expect },
  };
}

const LINK: Header = ['Link', '</style.css>; rel=preload; as=style'];
const closes = ({ report }: { report: { events: readonly string[] } }): string | undefined => {
  const count = report.events.filter((event) => event === 'close').length;
  return count === 1 ? undefined : `the file was closed ${count} times: expected once`;
};

/** What a server may offer: `tsgi.file_wrapper` (R88) and `tsgi.early_hints` (R67). */
export const optionalServices: CaseGroup = {
  hazard: 'Files and early hints',
  cases: [
    wrapping('a-wrapped-file-is-sent-and-closed', (_, wrap, trace) => wrap(memoryFile(trace, 'text of a file')), {
      body: 'text of a file',
      check: closes,
    }),
    wrapping('a-wrapped-file-is-sent-in-blocks', (_, wrap, trace) => wrap(memoryFile(trace, 'text of a file'), 3), {
      body: 'text of a file',
      check: closes,
    }),
    wrapping(
      'a-wrapped-file-is-cut-at-content-length',
      (_, wrap, trace) => wrap(memoryFile(trace, 'text of a file'), 3),
      { body: 'text', check: closes },
      [['Content-Length', '4']],
    ),
    wrapping('a-wrapped-empty-file-is-empty', (_, wrap, trace) => wrap(memoryFile(trace, '')), {
      body: '',
      check: closes,
    }),
    wrapping(
      'a-wrapper-that-is-not-returned-reads-nothing',
      (_, wrap, trace) => {
        wrap(memoryFile(trace, 'never'));
        return [utf8('instead')];
      },
      { body: 'instead', events: [] },
    ),
    wrapping(
      'a-wrapped-file-can-be-iterated',
      async (_, wrap, trace) => {
        const file = wrap(memoryFile(trace, 'text of a file'), 4);
        return {
          async *[Symbol.asyncIterator]() {
            for await (const block of file) yield Uint8Array.from(block, (byte) => (byte >= 0x61 ? byte - 0x20 : byte));
          },
          close: () => file.close?.(),
        };
      },
      { body: 'TEXT OF A FILE', check: closes },
    ),
    {
      ...wrapping('a-wrapped-file-over-head-is-closed', (_, wrap, trace) => wrap(memoryFile(trace, 'text of a file')), {
        body: '',
        check: closes,
      }),
      request: { method: 'HEAD' },
    },
    hinting('early-hints-come-before-the-answer', (hints) => hints([LINK]), {
      check: ({ answer }) => {
        const [hint] = answer?.interim ?? [];
        if (hint === undefined) return 'no 103 came: expected one';
        return hint.status.startsWith('103') && headerValues(hint, 'link').join() === LINK[1]
          ? undefined
          : `hint: found ${JSON.stringify(hint)}`;
      },
    }),
    hinting(
      'early-hints-may-come-twice',
      (hints) => {
        hints([LINK]);
        hints([LINK]);
      },
      {
        check: ({ answer }) =>
          answer?.interim.length === 2 ? undefined : `${answer?.interim.length} interim answers: expected 2`,
      },
    ),
    {
      ...hinting(
        'bad-early-hints-are-refused',
        (hints, trace) => {
          noteThrow(trace, 'value', () => hints([['Link', 'v\r\nX-Injected: yes']]));
          noteThrow(trace, 'name', () => hints([['Bad Name', 'v']]));
        },
        {
          notes: { value: 'threw', name: 'threw' },
          check: ({ answer }) => (answer?.interim.length === 0 ? undefined : 'a bad hint was sent'),
        },
      ),
      breaks: 'R67',
    },
    {
      name: 'early-hints-after-the-head-are-not-sent',
      rule: 'R67',
      optional: true,
      app: (environ, startResponse, trace) => {
        const hints = environ['tsgi.early_hints'];
        if (hints === undefined) trace.note('absent', 'tsgi.early_hints');
        ok(startResponse);
        return (function* body() {
          yield utf8('one ');
          try {
            hints?.([LINK]);
          } catch {
            // Refusing is as right as ignoring.
          }
          yield utf8('two');
        })();
      },
      expect: {
        status: 200,
        body: 'one two',
        check: ({ answer }) => (answer?.interim.length === 0 ? undefined : 'a hint was sent after the head'),
      },
      breaks: 'R67',
    },
  ],
};
