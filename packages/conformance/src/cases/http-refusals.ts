import { countedBytes } from '@tsgi/core/server';
import type { CaseGroup, ConformanceCase } from '../run/case.ts';
import { noting } from '../run/case-apps.ts';
import { parseHttpAnswer } from '../wires/http-answer.ts';
import type { Stage } from '../wires/stage.ts';

const readAll = noting(async (environ, trace) => {
  try {
    const body = await environ['tsgi.input'].read();
    trace.note('read', `ended after ${countedBytes(body.byteLength)}`);
  } catch {
    trace.note('read', 'rejected');
  }
});

function tagLines(stage: Stage): string {
  return stage.tag.map(([name, value]) => `${name}: ${value}\r\n`).join('');
}

/** A request whose head no server may act on: refused with a 4xx, 501 or 505, or closed; the connection ends. */
function refused(name: string, rule: string, head: string, body = '', statuses?: readonly number[]): ConformanceCase {
  return {
    name: `http-refuses-${name}`,
    rule,
    wires: ['http'],
    app: readAll,
    talk: async (stage) => {
      const channel = await stage.connect();
      channel.send(`${head.replace('{tag}', tagLines(stage))}\r\n${body}`);
      await channel.until(() => channel.ending !== 'open');
      return parseHttpAnswer(channel.received, channel.ending, 'GET');
    },
    expect: { refused: 'closed', ...(statuses === undefined ? {} : { status: statuses }) },
  };
}

/** A request whose body turns out to be malformed: what reads it must hear of it, and nothing is taken for a request. */
function brokenBody(name: string, body: string): ConformanceCase {
  return {
    name: `http-refuses-${name}`,
    rule: 'R48',
    wires: ['http'],
    app: readAll,
    talk: async (stage) => {
      const channel = await stage.connect();
      channel.send(`POST / HTTP/1.1\r\nHost: a\r\n${tagLines(stage)}Transfer-Encoding: chunked\r\n\r\n${body}`);
      await channel.until(() => channel.ending !== 'open');
      stage.note('closed', channel.ending !== 'open');
      return undefined;
    },
    expect: {
      unanswered: true,
      client: { closed: true },
      check: ({ report }) =>
        report.calls === 0 || report.notes.read === 'rejected'
          ? undefined
          : `the body was read: ${String(report.notes.read)}: expected an error`,
    },
  };
}

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n{tag}';
const POST = 'POST / HTTP/1.1\r\nHost: a\r\n{tag}';

/** Requests that smuggle, or that no two peers would read alike (RFC 9112 §3, §5, §6, §11). */
export const httpRefusals: CaseGroup = {
  hazard: 'HTTP: requests that are refused',
  cases: [
    refused('a-missing-host', 'R37', 'GET / HTTP/1.1\r\n{tag}', '', [400]),
    refused('two-hosts', 'R37', `${GET}Host: b\r\n`, '', [400]),
    refused('two-equal-hosts', 'R37', `${GET}Host: a\r\n`, '', [400]),
    refused(
      'two-content-types',
      'R37',
      `${POST}Content-Type: a/b\r\nContent-Type: c/d\r\nContent-Length: 0\r\n`,
      '',
      [400],
    ),
    refused(
      'two-different-content-lengths',
      'R31, R37',
      `${POST}Content-Length: 3\r\nContent-Length: 2\r\n`,
      'abc',
      [400],
    ),
    refused('a-list-of-content-lengths', 'R31', `${POST}Content-Length: 5, 5\r\n`, 'abcde', [400]),
    refused('a-negative-content-length', 'R31', `${POST}Content-Length: -1\r\n`, '', [400]),
    refused('a-content-length-of-minus-zero', 'R31', `${POST}Content-Length: -0\r\n`, '', [400]),
    refused('a-content-length-with-a-sign', 'R31', `${POST}Content-Length: +1\r\n`, 'a', [400]),
    refused('a-content-length-with-an-underscore', 'R31', `${POST}Content-Length: 0_1\r\n`, 'a', [400]),
    refused('a-content-length-of-words', 'R31', `${POST}Content-Length: one\r\n`, '', [400]),
    refused('a-content-length-with-a-space', 'R31', `${POST}Content-Length: 0 1\r\n`, 'a', [400]),
    refused('a-hexadecimal-content-length', 'R31', `${POST}Content-Length: 0x1\r\n`, 'a', [400]),
    refused(
      'a-content-length-beyond-numbers',
      'R31',
      `${POST}Content-Length: 99999999999999999999\r\n`,
      'a',
      [400, 413],
    ),
    refused(
      'a-length-beside-chunks',
      'R31',
      `${POST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n`,
      '0\r\n\r\n',
      [400],
    ),
    refused(
      'chunks-beside-a-length',
      'R31',
      `${POST}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n`,
      '0\r\n\r\n',
      [400],
    ),
    refused(
      'chunks-that-are-chunked',
      'R38',
      `${POST}Transfer-Encoding: chunked, chunked\r\n`,
      '0\r\n\r\n',
      [400, 501],
    ),
    refused(
      'chunks-inside-another-coding',
      'R38',
      `${POST}Transfer-Encoding: chunked, identity\r\n`,
      '0\r\n\r\n',
      [400, 501],
    ),
    refused('an-unknown-transfer-coding', 'R38', `${POST}Transfer-Encoding: xchunked\r\n`, '0\r\n\r\n', [400, 501]),
    refused(
      'a-transfer-coding-with-a-control-byte',
      'R38',
      `${POST}Transfer-Encoding: \x0bchunked\r\n`,
      '0\r\n\r\n',
      [400, 501],
    ),
    refused(
      'chunks-on-http-1-0',
      'R38',
      'POST / HTTP/1.0\r\nHost: a\r\n{tag}Transfer-Encoding: chunked\r\n',
      '0\r\n\r\n',
      [400, 501],
    ),
    refused('a-space-before-a-colon', 'R58', `${GET}X-A : b\r\n`, '', [400]),
    refused('a-header-without-a-colon', 'R58', `${GET}X-A\r\n`, '', [400]),
    refused('a-header-without-a-name', 'R58', `${GET}: value\r\n`, '', [400]),
    refused('a-name-with-a-control-byte', 'R58', `${GET}X\x01A: b\r\n`, '', [400]),
    refused('a-name-with-nul', 'R58', `${GET}X\0A: b\r\n`, '', [400]),
    refused('a-name-above-ascii', 'R58', `${GET}X\u00e9: b\r\n`, '', [400]),
    refused('a-value-with-nul', 'R59', `${GET}X-A: b\0c\r\n`, '', [400]),
    refused('a-value-with-a-bell', 'R59', `${GET}X-A: b\x07c\r\n`, '', [400]),
    refused('a-value-with-a-bare-cr', 'R59', `${GET}X-A: b\rX-B: c\r\n`, '', [400]),
    refused('a-folded-header', 'R59', `${GET}X-A: b\r\n c\r\n`, '', [400]),
    refused('a-folded-first-header', 'R59', 'GET / HTTP/1.1\r\n Host: a\r\n{tag}', '', [400]),
    refused('a-request-line-without-a-version', 'R33', 'GET /\r\nHost: a\r\n{tag}', '', [400, 505]),
    refused('a-request-line-without-a-target', 'R27', 'GET HTTP/1.1\r\nHost: a\r\n{tag}', '', [400]),
    refused('a-request-line-with-a-space-in-its-target', 'R27', 'GET /a b HTTP/1.1\r\nHost: a\r\n{tag}', '', [400]),
    refused('another-protocol', 'R33', 'GET / FTP/1.1\r\nHost: a\r\n{tag}', '', [400, 505]),
    refused('a-version-of-three-digits', 'R33', 'GET / HTTP/1.11\r\nHost: a\r\n{tag}', '', [400, 505]),
    refused('http-2-spelled-as-http-1', 'R33', 'GET / HTTP/2.0\r\nHost: a\r\n{tag}', '', [400, 505]),
    refused('a-method-with-a-colon', 'R25', 'GET: / HTTP/1.1\r\nHost: a\r\n{tag}', '', [400, 501]),
    refused('a-method-with-nul', 'R25', 'GE\0T / HTTP/1.1\r\nHost: a\r\n{tag}', '', [400, 501]),
    refused('a-control-byte-in-the-target', 'R27', 'GET /a\x01b HTTP/1.1\r\nHost: a\r\n{tag}', '', [400]),
    refused('headers-without-measure', 'R34', `${GET}X-Long: ${'x'.repeat(2_000_000)}\r\n`, '', [400, 413, 414, 431]),
    refused(
      'a-target-without-measure',
      'R27',
      `GET /${'x'.repeat(2_000_000)} HTTP/1.1\r\nHost: a\r\n{tag}`,
      '',
      [400, 413, 414, 431],
    ),
    refused(
      'an-unknown-expectation',
      'R52',
      `${POST}Connection: close\r\nExpect: 200-maybe\r\nContent-Length: 1\r\n`,
      'a',
      [417],
    ),
    brokenBody('a-chunk-size-with-an-underscore', '1_0\r\nabcdefghijklmnop\r\n0\r\n\r\n'),
    brokenBody('a-chunk-size-with-a-sign', '+3\r\nabc\r\n0\r\n\r\n'),
    brokenBody('a-negative-chunk-size', '-3\r\nabc\r\n0\r\n\r\n'),
    brokenBody('a-chunk-size-of-letters', 'xyz\r\nabc\r\n0\r\n\r\n'),
    brokenBody('a-chunk-size-in-0x', '0x3\r\nabc\r\n0\r\n\r\n'),
    brokenBody('a-missing-chunk-size', '\r\nabc\r\n0\r\n\r\n'),
    brokenBody('a-chunk-size-beyond-numbers', 'fffffffffffffffff\r\nabc\r\n0\r\n\r\n'),
    brokenBody('a-chunk-longer-than-its-size', '3\r\nabcdef\r\n0\r\n\r\n'),
  ],
};
