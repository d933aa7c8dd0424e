import { describe, expect, it } from 'vitest';
import { parseCgiAnswer } from '../src/wires/cgi-answer.ts';
import { parseFcgiAnswer } from '../src/wires/fcgi-answer.ts';
import { FCGI, pairs, parsePairs, record } from '../src/wires/fcgi-records.ts';
import { parseHttp2Answer } from '../src/wires/http2-answer.ts';
import { parseHttpAnswer } from '../src/wires/http-answer.ts';

const HEAD = 'HTTP/1.1 200 OK\r\n';
const CHUNKED = `${HEAD}Transfer-Encoding: chunked\r\n\r\n`;

function http(text: string, method = 'GET'): ReturnType<typeof parseHttpAnswer> {
  return parseHttpAnswer(Buffer.from(text, 'latin1'), 'orderly', method);
}

describe('an HTTP answer', () => {
  it.each([
    ['with a length', `${HEAD}Content-Length: 4\r\n\r\nfour`, 'four'],
    ['in chunks', `${CHUNKED}2\r\nfo\r\nA\r\n0123456789\r\n0\r\n\r\n`, 'fo0123456789'],
    ['that ends with its connection', `${HEAD}\r\nall`, 'all'],
    ['behind an interim one', `HTTP/1.1 100 Continue\r\n\r\n${HEAD}Content-Length: 2\r\n\r\nok`, 'ok'],
  ])('%s is whole', (_, text, body) => {
    const answer = http(text);
    expect(answer).toMatchObject({ complete: true, problems: [], code: 200 });
    expect(answer.body.toString()).toBe(body);
    expect(answer.rest).toHaveLength(0);
  });

  it.each([
    ['short of its length', `${HEAD}Content-Length: 5\r\n\r\nfour`],
    ['without its last chunk', `${CHUNKED}4\r\nfour\r\n`],
    ['cut within a chunk', `${CHUNKED}8\r\nfour`],
    ['without a head', 'HTTP/1.1 200 OK\r\n'],
  ])('%s is not whole', (_, text) => {
    expect(http(text).complete).toBe(false);
  });

  it('that ends with its connection is not whole after a reset', () => {
    expect(parseHttpAnswer(Buffer.from(`${HEAD}\r\nall`), 'failed', 'GET').complete).toBe(false);
  });

  it.each([
    ['a bare LF', `${HEAD}X-A: b\nX-C: d\r\nContent-Length: 0\r\n\r\n`],
    ['another version', 'HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n'],
    ['a status without a space', 'HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n'],
    ['a name with a space', `${HEAD}X A: b\r\nContent-Length: 0\r\n\r\n`],
    ['two lengths', `${HEAD}Content-Length: 0\r\nContent-Length: 0\r\n\r\n`],
    ['a length beside chunks', `${HEAD}Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['a chunk without CRLF', `${CHUNKED}2\r\nfour\r\n0\r\n\r\n`],
    ['a chunk size with a sign', `${CHUNKED}+2\r\nfo\r\n0\r\n\r\n`],
    ['a length on 204', 'HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n'],
  ])('with %s is malformed', (_, text) => {
    expect(http(text).problems).not.toEqual([]);
  });

  it('to HEAD has no body: what comes is left over', () => {
    expect(http(`${HEAD}Content-Length: 4\r\n\r\nfour`, 'HEAD').rest).toHaveLength(4);
  });

  it('is the same whole and byte by byte', () => {
    const bytes = Buffer.from(`${CHUNKED}4\r\nfour\r\n0\r\n\r\n`);
    const states = Array.from(bytes.keys(), (end) => parseHttpAnswer(bytes.subarray(0, end), 'open', 'GET'));
    expect(states.filter(({ finished, problems }) => finished || problems.length > 0)).toEqual([]);
  });
});

const ORDERLY = { ended: true, orderly: true };

describe('a CGI response', () => {
  it.each([
    ['no Status', 'Content-Type: a/b\r\n\r\n'],
    ['a status line of HTTP', 'HTTP/1.1 200 OK\r\n\r\n'],
    ['a late Status', 'X-A: b\r\nStatus: 200 OK\r\n\r\n'],
    ['two of them', 'Status: 200 OK\r\nStatus: 404 Not Found\r\n\r\n'],
    ['a hop-by-hop header', 'Status: 200 OK\r\nConnection: close\r\n\r\n'],
    ['more than its length', 'Status: 200 OK\r\nContent-Length: 2\r\n\r\nfour'],
    ['a body on 304', 'Status: 304 Not Modified\r\n\r\nbody'],
  ])('with %s is malformed', (_, text) => {
    expect(parseCgiAnswer(Buffer.from(text), ORDERLY, 'GET').problems).not.toEqual([]);
  });

  it('with bare LF has no head', () => {
    expect(parseCgiAnswer(Buffer.from('Status: 200 OK\n\nbody'), ORDERLY, 'GET')).toMatchObject({
      code: 0,
      complete: false,
    });
  });

  it('is not whole when its envelope says so, or its length', () => {
    const answer = Buffer.from('Status: 200 OK\r\nContent-Length: 5\r\n\r\nfour');
    expect(parseCgiAnswer(answer, ORDERLY, 'GET').complete).toBe(false);
    const cut = Buffer.from('Status: 200 OK\r\n\r\nfour');
    expect(parseCgiAnswer(cut, { ended: true, orderly: false }, 'GET').complete).toBe(false);
    expect(parseCgiAnswer(cut, ORDERLY, 'GET').complete).toBe(true);
  });
});

const OUTPUT = record(FCGI.STDOUT, 1, 'Status: 200 OK\r\n\r\nbody');
const NO_MORE = record(FCGI.STDOUT, 1);
const END = record(FCGI.END_REQUEST, 1, Buffer.alloc(8));

function fcgi(...records: Buffer[]): ReturnType<typeof parseFcgiAnswer> {
  return parseFcgiAnswer(Buffer.concat(records), 'orderly', 'GET', 1, true);
}

describe('a FastCGI answer', () => {
  it('is whole with its output, the end of it, and END_REQUEST', () => {
    expect(fcgi(OUTPUT, NO_MORE, END)).toMatchObject({ complete: true, problems: [], code: 200 });
  });

  it.each([
    ['no end of STDOUT', [OUTPUT, END]],
    ['output after its end', [OUTPUT, NO_MORE, OUTPUT, END]],
    ['two of END_REQUEST', [OUTPUT, NO_MORE, END, END]],
    ['a short END_REQUEST', [OUTPUT, NO_MORE, record(FCGI.END_REQUEST, 1, 'four')]],
    ['no end of STDERR', [record(FCGI.STDERR, 1, 'oops'), OUTPUT, NO_MORE, END]],
    ['a record that only a web server sends', [record(FCGI.STDIN, 1, 'in'), OUTPUT, NO_MORE, END]],
    ['output of request 0', [record(FCGI.STDOUT, 0, 'x'), OUTPUT, NO_MORE, END]],
    ['half a record', [OUTPUT, NO_MORE, END, Buffer.from([1, 6, 0])]],
  ])('with %s is malformed', (_, records) => {
    expect(fcgi(...records).problems).not.toEqual([]);
  });

  it('is not whole without END_REQUEST, or when that tells of a failure', () => {
    expect(fcgi(OUTPUT, NO_MORE).complete).toBe(false);
    const failed = record(FCGI.END_REQUEST, 1, Buffer.from([0, 0, 0, 1, 0, 0, 0, 0]));
    expect(fcgi(OUTPUT, NO_MORE, failed).complete).toBe(false);
  });

  it('belongs to its request', () => {
    expect(
      fcgi(record(FCGI.STDOUT, 2, 'Status: 200 OK\r\n\r\n'), record(FCGI.END_REQUEST, 2, Buffer.alloc(8))).code,
    ).toBe(0);
  });
});

it('pairs are read as they are written, and not beyond their block', () => {
  const written: [string, string][] = [
    ['A', ''],
    ['B', 'v'.repeat(127)],
    ['C'.repeat(128), 'v'.repeat(70_000)],
  ];
  const block = pairs(written);
  expect(parsePairs(block)).toEqual(written);
  expect(parsePairs(block.subarray(0, -1))).toBeUndefined();
});

describe('an HTTP/2 answer', () => {
  function http2(
    headers: [string, string][],
    body: string,
    ending: 'open' | 'orderly' | 'failed',
    status = '200',
  ): ReturnType<typeof parseHttp2Answer> {
    return parseHttp2Answer({ head: { status, headers }, interim: [], received: Buffer.from(body), ending }, 'GET');
  }

  it('is whole when its stream ended, with a length or without', () => {
    expect(http2([['content-length', '4']], 'four', 'orderly')).toMatchObject({ complete: true, problems: [] });
    expect(http2([], 'four', 'orderly')).toMatchObject({ complete: true, problems: [], code: 200 });
  });

  it('is not whole when its stream was reset, is short of its length, or goes on', () => {
    expect(http2([], 'four', 'failed').complete).toBe(false);
    expect(http2([['content-length', '5']], 'four', 'orderly').complete).toBe(false);
    expect(http2([['content-length', '4']], 'four', 'open')).toMatchObject({ complete: false, finished: false });
  });

  it('is malformed with a body or a length on 204, and beyond its length', () => {
    expect(http2([], 'four', 'orderly', '204').problems).toHaveLength(1);
    expect(http2([['content-length', '0']], '', 'orderly', '204').problems).toHaveLength(1);
    expect(http2([['content-length', '3']], 'four', 'orderly').problems).toHaveLength(1);
  });
});
