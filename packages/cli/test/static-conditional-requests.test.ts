import { utimesSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { exchange, folder, startTsgi } from './command.ts';

const DATE = 'Sat, 04 Jul 2026 10:00:00 GMT';
const EARLIER = 'Fri, 03 Jul 2026 10:00:00 GMT';
const LATER = 'Sun, 05 Jul 2026 10:00:00 GMT';
const TEXT = '0123456789';

/** Asks for a file of ten digits; `TAG` in a header stands for its entity tag. */
async function start(): Promise<(headers: string, method?: string, name?: string) => Promise<string>> {
  const root = folder({ 'x.txt': TEXT, 'empty.txt': '' });
  const seconds = Date.parse(DATE) / 1000;
  utimesSync(`${root}/x.txt`, seconds, seconds + 0.5);
  const flags = ['--root', root, '--static', '--bind', '127.0.0.1:0'];
  const { port } = await startTsgi(['gateway', '--to', 'scgi+unix:nobody', ...flags]);
  const send = (headers: string, method: string, name: string): Promise<string> =>
    exchange(
      { host: '127.0.0.1', port },
      `${method} /${name} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${headers}\r\n`,
    );
  const tag = /ETag: (.*)\r\n/.exec(await send('', 'HEAD', 'x.txt'))?.[1] ?? '';
  expect(tag).toMatch(/^"[^"]+"$/);
  return (headers, method = 'GET', name = 'x.txt') =>
    send(headers === '' ? '' : `${headers.replaceAll('TAG', tag)}\r\n`, method, name);
}

describe('RFC 9110 §13: conditions', () => {
  it('in their order, with entity tags in lists, weak ones, and dates that are none', async () => {
    const ask = await start();
    const cases: [headers: string, status: string][] = [
      ['If-None-Match: TAG', '304'],
      ['If-None-Match: W/TAG', '304'],
      ['If-None-Match: "a", "b",TAG', '304'],
      ['If-None-Match: *', '304'],
      ['If-None-Match: "other"', '200'],
      [`If-None-Match: "other"\r\nIf-Modified-Since: ${LATER}`, '200'],
      [`If-None-Match: TAG\r\nIf-Modified-Since: ${EARLIER}`, '304'],
      ['If-None-Match: TAG\r\nCache-Control: no-cache', '304'],
      [`If-Modified-Since: ${DATE}`, '304'],
      [`If-Modified-Since: ${LATER}`, '304'],
      [`If-Modified-Since: ${EARLIER}`, '200'],
      ['If-Modified-Since: Saturday, 04-Jul-26 10:00:00 GMT', '304'],
      ['If-Modified-Since: Sat Jul  4 10:00:00 2026', '304'],
      ['If-Modified-Since: 2026-07-05', '200'],
      ['If-Modified-Since: tomorrow', '200'],
      ['If-Modified-Since: 99999999999999', '200'],
      ['If-Match: TAG', '200'],
      ['If-Match: "a", TAG', '200'],
      ['If-Match: *', '200'],
      ['If-Match: "other"', '412'],
      ['If-Match: W/TAG', '412'],
      [`If-Unmodified-Since: ${DATE}`, '200'],
      [`If-Unmodified-Since: ${EARLIER}`, '412'],
      ['If-Unmodified-Since: yesterday', '200'],
      [`If-Match: TAG\r\nIf-Unmodified-Since: ${EARLIER}`, '200'],
      ['If-Match: "other"\r\nIf-None-Match: TAG', '412'],
      ['If-Match: TAG\r\nIf-None-Match: TAG', '304'],
      ['Range: bytes=0-1\r\nIf-None-Match: TAG', '304'],
      ['Range: bytes=0-1\r\nIf-Match: "other"', '412'],
    ];
    for (const [headers, status] of cases) {
      const answer = await ask(headers);
      expect([headers, answer.slice(9, 12)]).toEqual([headers, status]);
      if (status === '304') expect(answer).toMatch(/ETag: [^]*\r\n\r\n$/);
    }
  });
});

describe('RFC 9110 §14: ranges', () => {
  it('one, where it is there and of the file that the client knows', async () => {
    const ask = await start();
    const cases: [headers: string, status: string, body: string][] = [
      ['Range: bytes=0-3', '206', '0123'],
      ['Range: bytes=4-', '206', '456789'],
      ['Range: bytes=-3', '206', '789'],
      ['Range: bytes=-99', '206', TEXT],
      ['Range: bytes=8-99', '206', '89'],
      ['Range: BYTES=0-0', '206', '0'],
      ['Range: bytes=10-', '416', '416 Range Not Satisfiable\n'],
      ['Range: bytes=-0', '416', '416 Range Not Satisfiable\n'],
      ['Range: bytes=3-1', '200', TEXT],
      ['Range: bytes=0-1,4-5', '200', TEXT],
      ['Range: bytes=a-b', '200', TEXT],
      ['Range: bytes=-', '200', TEXT],
      ['Range: lines=0-1', '200', TEXT],
      ['Range: bytes=0-1\r\nIf-Range: TAG', '206', '01'],
      [`Range: bytes=0-1\r\nIf-Range: ${DATE}`, '206', '01'],
      ['Range: bytes=0-1\r\nIf-Range: "other"', '200', TEXT],
      ['Range: bytes=0-1\r\nIf-Range: W/TAG', '200', TEXT],
      [`Range: bytes=0-1\r\nIf-Range: ${LATER}`, '200', TEXT],
    ];
    for (const [headers, status, body] of cases) {
      const answer = await ask(headers);
      expect([headers, answer.slice(9, 12), answer.split('\r\n\r\n')[1]]).toEqual([headers, status, body]);
    }
    expect(await ask('Range: bytes=2-4')).toContain('Content-Range: bytes 2-4/10\r\n');
    expect(await ask('Range: bytes=10-')).toContain('Content-Range: bytes */10\r\n');
    expect(await ask('Range: bytes=0-3', 'HEAD')).toMatch(/ 200 [^]*Content-Length: 10\r\n/);
  });

  it('of an empty file: a suffix is the whole of it, anything else is not there', async () => {
    const ask = await start();
    expect(await ask('Range: bytes=-5', 'GET', 'empty.txt')).toMatch(/ 200 [^]*Content-Length: 0\r\n/);
    expect(await ask('Range: bytes=0-', 'GET', 'empty.txt')).toMatch(/ 416 /);
  });
});
