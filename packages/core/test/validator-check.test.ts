import { checkApp, checkReportText, type CheckReport } from '@tsgi/core/validator';
import { describe, expect, it } from 'vitest';
import { asApp, bytes, plain, type AnyApp } from './validator-driver.ts';

const here = new URL(import.meta.url).pathname;

/** The line of this file that has a mark. */
async function lineOf(mark: string): Promise<number> {
  const { readFile } = await import('node:fs/promises');
  const lines = (await readFile(here, 'utf8')).split('\n');
  return lines.findIndex((line) => line.endsWith(`// ${mark}`)) + 1;
}

const run = (app: AnyApp, paths?: string[]): Promise<CheckReport> => checkApp(asApp(app), { paths, timeout: 1000 });
const ids = (report: CheckReport): string[] => report.findings.map((finding) => finding.rule);

const good: AnyApp = async (environ, startResponse) => {
  const body = await environ['tsgi.input'].read();
  startResponse('200 OK', plain);
  return environ.REQUEST_METHOD === 'HEAD' ? [] : [bytes(`got ${body.length} bytes`)];
};

describe('checkApp', () => {
  it('finds nothing in a right application, and says so', async () => {
    const report = await run(good);
    expect(report).toEqual({
      requests: 26,
      serverErrors: 0,
      findings: [],
      failures: [],
      errors: 0,
      warnings: 0,
      passed: true,
    });
    expect(checkReportText(report, { name: 'app.js' })).toBe(
      'ok app.js keeps the contract: 26 requests, nothing found\n',
    );
  });

  it('asks each path in turn', async () => {
    const seen = new Set<string>();
    const app: AnyApp = (environ, startResponse) => {
      seen.add(`${environ.REQUEST_METHOD} ${environ.REQUEST_URI}`);
      return good(environ, startResponse);
    };
    const report = await run(app, ['/one', '/two?x=1']);
    expect(report.requests).toBe(46);
    for (const request of ['HEAD /one', 'BREW /two?x=1', 'GET /two?x=1&a=b&c=%20d&a=%E4&empty=&bare', 'OPTIONS *']) {
      expect(seen).toContain(request);
    }
  });

  it('names the line that breaks a rule, and the requests in which it does', async () => {
    const report = await run((_environ, startResponse) => {
      startResponse('200OK', plain); // head
      return [];
    });
    expect(ids(report)).toEqual(['R56']);
    const [finding] = report.findings;
    expect(finding?.place).toMatchObject({ file: here, line: await lineOf('head') });
    expect(finding?.requests.length).toBe(26);
    expect(report.failures).toEqual([]);
    expect(report.passed).toBe(false);
  });

  it('finds what else is wrong in the same run', async () => {
    const report = await run((environ, startResponse) => {
      startResponse('200', [
        ['Content-Length', '1'],
        ['Connection', 'close'],
        ['X', 'a\nb'],
      ]);
      return environ.REQUEST_METHOD === 'HEAD' ? [] : [bytes('hello')];
    });
    expect(ids(report)).toEqual(['R56', 'R61', 'R59', 'R80', 'R64']);
  });

  it('names the line that began the response where the fault itself has none', async () => {
    const report = await run(function* (_environ, startResponse) {
      startResponse('200 OK', plain); // begun
      yield 'text';
    });
    expect(ids(report)).toContain('R5');
    const finding = report.findings.find(({ rule }) => rule === 'R5');
    expect(finding?.place).toBeUndefined();
    expect(finding?.near).toMatchObject({ file: here, line: await lineOf('begun') });
  });

  it('reports an application that throws, with its line', async () => {
    const report = await run((environ, startResponse) => {
      if (environ.REQUEST_METHOD === 'BREW') throw new TypeError('I am a teapot'); // throws
      return good(environ, startResponse);
    });
    expect(report.findings).toEqual([]);
    expect(report.failures).toMatchObject([
      {
        message: 'TypeError: I am a teapot',
        place: { file: here, line: await lineOf('throws') },
        requests: ['BREW /'],
      },
    ]);
    expect(report.passed).toBe(false);
  });

  it('lets an application throw when its peer has gone', async () => {
    const report = await run(async (environ, startResponse) => {
      const body = await environ['tsgi.input'].read();
      environ['tsgi.signal'].throwIfAborted();
      return good({ ...environ, 'tsgi.input': { read: async () => body } } as never, startResponse);
    });
    expect(report).toMatchObject({ findings: [], failures: [], passed: true });
  });

  it('finds what shows only when a body comes without a length', async () => {
    const report = await run((environ, startResponse) => {
      if (environ.CONTENT_TYPE !== undefined && environ.CONTENT_LENGTH === undefined) throw new Error('no length');
      return good(environ, startResponse);
    });
    expect(report.failures).toMatchObject([{ message: 'Error: no length', requests: ['POST / (of unknown length)'] }]);
  });

  it('waits less and less for an application that never answers and never ends', { timeout: 10_000 }, async () => {
    const report = await checkApp(
      asApp(() => new Promise(() => {})),
      { paths: [], timeout: 50 },
    );
    expect(report.failures).toMatchObject([{ message: 'gave no answer within 0.05 s', requests: { length: 6 } }]);
  });

  it('does not wait for an application that gives no answer, and reports it', async () => {
    const report = await run((environ, startResponse) =>
      environ.REQUEST_METHOD === 'BREW' ? new Promise(() => {}) : good(environ, startResponse),
    );
    expect(report.failures).toMatchObject([{ message: 'gave no answer within 1 s', requests: ['BREW /'] }]);
  });

  it('leaves an answer that does not end, and finds nothing wrong with it', async () => {
    const report = await run(async function* (environ, startResponse) {
      startResponse('200 OK', [['Content-Type', 'text/event-stream']]);
      while (environ.REQUEST_METHOD !== 'HEAD') yield new Uint8Array(65_536);
    });
    expect(report).toMatchObject({ findings: [], failures: [], passed: true });
  });

  it('passes on warnings alone', async () => {
    const report = await run((environ, startResponse) => {
      startResponse('200 OK', []);
      return environ.REQUEST_METHOD === 'HEAD' ? [] : [bytes('hello')];
    });
    expect(report).toMatchObject({ errors: 0, warnings: 1, passed: true });
    expect(ids(report)).toEqual(['R64']);
  });
});

describe('checkReportText', () => {
  it('shows what was found, where, and how to mend it', async () => {
    const app: AnyApp = (environ, startResponse) => {
      if (environ.PATH_INFO === '/no-such-page/at-all') throw new Error('no route');
      startResponse('200 OK', [
        ['Content-Type', 'text/html'],
        ['Content-Length', '1'],
      ]);
      return environ.REQUEST_METHOD === 'HEAD' ? [] : [bytes('é')];
    };
    const text = checkReportText(await run(app), { name: 'app.js', folder: here.slice(0, here.lastIndexOf('/')) });
    expect(text.replaceAll(/:\d+:\d+$/gm, ':L:C')).toBe(
      [
        'failed Error: no route',
        '  at validator-check.test.ts:L:C',
        '  GET /no-such-page/at-all',
        '',
        'error R80 No more is sent than `Content-Length` says',
        '  in the response that begins at validator-check.test.ts:L:C',
        '  the response has 2 bytes by now and Content-Length is 1: the server sends no more than announced;',
        '  count bytes, not characters',
        '  GET /, GET /?a=b&c=%20d&a=%E4&empty=&bare, GET / (as a browser) and 21 more · docs/spec.md#r80',
        '',
        'failed: app.js, 1 failure, 1 error in 26 requests',
        '',
      ].join('\n'),
    );
  });

  it('is colored where that is asked for', async () => {
    expect(checkReportText(await run(good), { color: true })).toMatch(/^\u001B\[32mok\u001B\[0m /);
  });
});
