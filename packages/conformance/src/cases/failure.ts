import type { CaseApp, CaseGroup, ConformanceCase } from '../run/case.ts';
import { ok, returning, utf8 } from '../run/case-apps.ts';

const SECRET = 'secret-detail-of-the-error';

function failsBefore(name: string, app: CaseApp): ConformanceCase {
  return {
    name,
    rule: 'R77, R78',
    app,
    expect: { status: 500, body: new RegExp(`^(?![^]*${SECRET})(?![^]*\\.[jt]s:\\d)`) },
    breaks: 'R77',
  };
}

function failsAfter(name: string, app: CaseApp): ConformanceCase {
  return {
    name,
    rule: 'R77',
    app,
    expect: { status: 200, complete: false, body: new RegExp(`^(?![^]*${SECRET})`) },
    breaks: 'R77',
  };
}

/** A failure before the head is a 500 without details; after it the answer must not look whole (R77, R78). */
export const failure: CaseGroup = {
  hazard: 'Failing applications',
  cases: [
    failsBefore('an-app-that-throws-is-a-500', () => {
      throw new Error(SECRET);
    }),
    failsBefore('an-app-that-rejects-is-a-500', async () => {
      throw new Error(SECRET);
    }),
    failsBefore('an-app-that-throws-a-string-is-a-500', () => {
      throw SECRET;
    }),
    failsBefore('an-app-that-rejects-with-nothing-is-a-500', () => Promise.reject(undefined)),
    failsBefore('an-app-that-throws-after-start-response-is-a-500', (_, startResponse) => {
      startResponse('200 OK', [['X-Leftover', SECRET]]);
      throw new Error(SECRET);
    }),
    {
      name: 'a-500-has-nothing-of-the-head-that-was-pending',
      rule: 'R71, R77',
      app: (_, startResponse) => {
        startResponse('200 OK', [
          ['Content-Type', 'image/png'],
          ['Set-Cookie', 'left=over'],
          ['Content-Length', '3'],
        ]);
        throw new Error(SECRET);
      },
      expect: { status: 500, headers: { 'set-cookie': null, 'content-type': /^(?!image)/ } },
      breaks: 'R77',
    },
    failsBefore(
      'a-body-that-throws-at-once-is-a-500',
      returning(function* body(): Generator<Uint8Array> {
        yield* [];
        throw new Error(SECRET);
      }),
    ),
    failsBefore(
      'a-body-that-rejects-at-once-is-a-500',
      returning(async function* body(): AsyncGenerator<Uint8Array> {
        yield* [];
        throw new Error(SECRET);
      }),
    ),
    failsBefore(
      'a-body-that-throws-after-an-empty-chunk-is-a-500',
      returning(function* body() {
        yield new Uint8Array(0);
        throw new Error(SECRET);
      }),
    ),
    failsBefore(
      'a-body-whose-iterator-cannot-be-made-is-a-500',
      returning(() => ({
        [Symbol.iterator]() {
          throw new Error(SECRET);
        },
      })),
    ),
    failsAfter(
      'a-body-that-throws-later-is-cut-off',
      returning(function* body() {
        yield utf8('half');
        throw new Error(SECRET);
      }),
    ),
    failsAfter(
      'a-body-that-rejects-later-is-cut-off',
      returning(async function* body() {
        yield utf8('half');
        throw new Error(SECRET);
      }),
    ),
    failsAfter('a-body-with-a-length-that-throws-later-is-cut-off', (_, startResponse) => {
      ok(startResponse, ['Content-Length', '8']);
      return (function* body() {
        yield utf8('half');
        throw new Error(SECRET);
      })();
    }),
    failsAfter('an-app-that-throws-after-write-is-cut-off', (_, startResponse) => {
      const write = startResponse('200 OK', [['Content-Type', 'text/plain']]);
      void write(utf8('half'));
      throw new Error(SECRET);
    }),
    failsAfter('an-app-that-rejects-after-write-is-cut-off', async (_, startResponse) => {
      const write = startResponse('200 OK', [['Content-Type', 'text/plain']]);
      await write(utf8('half'));
      throw new Error(SECRET);
    }),
    {
      name: 'head-of-an-app-that-throws-is-a-500-without-body',
      rule: 'R77, R84',
      app: () => {
        throw new Error(SECRET);
      },
      request: { method: 'HEAD' },
      expect: { status: 500, body: '' },
      breaks: 'R77',
    },
  ],
};
