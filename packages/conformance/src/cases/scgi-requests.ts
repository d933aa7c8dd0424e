import type { Answer } from '../wires/answer.ts';
import type { CaseGroup, ConformanceCase, Expectation } from '../run/case.ts';
import { parseCgiAnswer } from '../wires/cgi-answer.ts';
import { echo, ok, showEnviron, showPath, utf8 } from '../run/case-apps.ts';
import { metaVariables } from '../wires/meta-variables.ts';
import type { CaseRequest } from '../wires/request.ts';
import { netstring, scgiHead } from '../wires/scgi-request.ts';
import type { SocketChannel } from '../wires/socket-channel.ts';
import type { Stage } from '../wires/stage.ts';

/** All headers but the two that SCGI itself asks for. */
function rest(stage: Stage, changes: CaseRequest = {}): string {
  return metaVariables(stage.request(changes), true)
    .filter(([name]) => name !== 'CONTENT_LENGTH')
    .map(([name, value]) => `${name}\0${value}\0`)
    .join('');
}

async function answerOf(channel: SocketChannel): Promise<Answer> {
  await channel.until(() => channel.ending !== 'open');
  const envelope = { ended: channel.ending !== 'open', orderly: channel.ending === 'orderly' };
  return parseCgiAnswer(channel.received, envelope, 'GET');
}

function talking(
  name: string,
  rule: string,
  app: ConformanceCase['app'],
  talk: (stage: Stage, channel: SocketChannel) => Promise<Answer | undefined>,
  expect: Expectation,
): ConformanceCase {
  return {
    name: `scgi-${name}`,
    rule,
    wires: ['scgi'],
    app,
    talk: async (stage) => talk(stage, await stage.connect()),
    expect,
  };
}

function refused(name: string, bytes: (stage: Stage) => string): ConformanceCase {
  return talking(
    `refuses-${name}`,
    'R97',
    showPath,
    async (stage, channel) => {
      channel.send(bytes(stage));
      return answerOf(channel);
    },
    { refused: 'closed', status: [400, 413, 431] },
  );
}

/** Netstrings, the order of headers, and one request for each connection (R97). */
export const scgiRequests: CaseGroup = {
  hazard: 'SCGI: requests',
  cases: [
    talking(
      'a-request-may-come-byte-by-byte',
      'R97',
      echo,
      async (stage, channel) => {
        for (const byte of `${scgiHead(metaVariables(stage.request({ method: 'POST', length: 4 }), true))}four`) {
          channel.send(byte);
          await new Promise((resolve) => setImmediate(resolve));
        }
        return answerOf(channel);
      },
      { status: 200, body: 'four' },
    ),
    talking(
      'the-body-begins-right-after-the-comma',
      'R97',
      echo,
      async (stage, channel) => {
        channel.send(`${scgiHead(metaVariables(stage.request({ method: 'POST', length: 9 }), true))},1:2,3:4,`);
        return answerOf(channel);
      },
      { status: 200, body: ',1:2,3:4,' },
    ),
    talking(
      'the-connection-is-closed-after-the-answer',
      'R97',
      showPath,
      async (stage, channel) => {
        channel.send(scgiHead(metaVariables(stage.request(), true)));
        const answer = await answerOf(channel);
        stage.note('ending', channel.ending);
        return answer;
      },
      { status: 200, body: '/', client: { ending: 'orderly' } },
    ),
    talking(
      'a-fin-after-the-request-is-no-abort',
      'R97',
      async (environ, startResponse) => {
        await new Promise((resolve) => setTimeout(resolve, 30));
        ok(startResponse);
        return [utf8(environ['tsgi.signal'].aborted ? 'aborted' : 'answered')];
      },
      async (stage, channel) => {
        channel.send(scgiHead(metaVariables(stage.request(), true)));
        channel.finish();
        return answerOf(channel);
      },
      { status: 200, body: 'answered' },
    ),
    talking(
      'a-fin-after-the-body-is-no-abort',
      'R97',
      echo,
      async (stage, channel) => {
        channel.send(`${scgiHead(metaVariables(stage.request({ method: 'POST', length: 4 }), true))}four`);
        channel.finish();
        return answerOf(channel);
      },
      { status: 200, body: 'four' },
    ),
    talking(
      'an-empty-value-is-a-value',
      'R34, R97',
      showEnviron,
      async (stage, channel) => {
        channel.send(netstring(`CONTENT_LENGTH\x000\x00SCGI\x001\x00HTTP_X_EMPTY\0\0${rest(stage)}`));
        return answerOf(channel);
      },
      { status: 200, environ: { HTTP_X_EMPTY: '' } },
    ),
    talking(
      'a-repeated-header-is-joined-or-refused',
      'R37, R97',
      showEnviron,
      async (stage, channel) => {
        // SCGI forbids it, and nginx before 1.23 does it: what may not happen is that one of the two is lost.
        channel.send(netstring(`CONTENT_LENGTH\x000\x00SCGI\x001\x00HTTP_X\x001\x00HTTP_X\x002\x00${rest(stage)}`));
        const answer = await answerOf(channel);
        const { notes } = await stage.report();
        stage.note(
          'right',
          answer.code === 400 || (notes.environ as { HTTP_X?: string } | undefined)?.HTTP_X === '1, 2',
        );
        return undefined;
      },
      { unanswered: true, client: { right: true } },
    ),
    talking(
      'a-second-request-is-not-answered',
      'R97',
      showPath,
      async (stage, channel) => {
        const head = scgiHead(metaVariables(stage.request(), true));
        channel.send(head + head);
        return answerOf(channel);
      },
      { status: 200, body: '/', calls: 1 },
    ),
    refused('a-length-with-leading-zeros', (stage) => `0${scgiHead(metaVariables(stage.request(), true))}`),
    refused('a-length-that-is-no-number', (stage) => `x${scgiHead(metaVariables(stage.request(), true))}`),
    refused('a-negative-length', (stage) => `-${scgiHead(metaVariables(stage.request(), true))}`),
    refused('a-length-with-a-space', (stage) => ` ${scgiHead(metaVariables(stage.request(), true))}`),
    refused('a-length-without-end', () => '1'.repeat(40)),
    refused(
      'a-header-block-without-its-comma',
      (stage) => `${scgiHead(metaVariables(stage.request(), true)).slice(0, -1)};`,
    ),
    refused('headers-without-measure', () => '99999999:CONTENT_LENGTH\x000\x00'),
    refused('a-missing-scgi', (stage) => netstring(`CONTENT_LENGTH\x000\x00${rest(stage)}`)),
    refused('another-version-of-scgi', (stage) => netstring(`CONTENT_LENGTH\x000\x00SCGI\x002\x00${rest(stage)}`)),
    refused('a-missing-content-length', (stage) => netstring(`SCGI\x001\x00${rest(stage)}`)),
    refused('a-late-content-length', (stage) => netstring(`SCGI\x001\x00CONTENT_LENGTH\x000\x00${rest(stage)}`)),
    refused('an-empty-content-length', (stage) => netstring(`CONTENT_LENGTH\0\0SCGI\x001\x00${rest(stage)}`)),
    refused('a-negative-content-length', (stage) => netstring(`CONTENT_LENGTH\x00-1\x00SCGI\x001\x00${rest(stage)}`)),
    refused('a-content-length-with-a-sign', (stage) =>
      netstring(`CONTENT_LENGTH\x00+1\x00SCGI\x001\x00${rest(stage)}`),
    ),
    refused('a-content-length-of-words', (stage) => netstring(`CONTENT_LENGTH\x00one\x00SCGI\x001\x00${rest(stage)}`)),
    refused('a-repeated-content-length', (stage) =>
      netstring(`CONTENT_LENGTH\x000\x00SCGI\x001\x00CONTENT_LENGTH\x005\x00${rest(stage)}`),
    ),
    refused('an-empty-name', (stage) => netstring(`CONTENT_LENGTH\x000\x00SCGI\x001\x00\0value\0${rest(stage)}`)),
    refused('a-name-without-a-value', (stage) =>
      netstring(`CONTENT_LENGTH\x000\x00SCGI\x001\x00${rest(stage)}ALONE\0`),
    ),
    refused('a-value-without-its-end', (stage) =>
      netstring(`CONTENT_LENGTH\x000\x00SCGI\x001\x00${rest(stage)}NAME\0value`),
    ),
    refused('an-empty-header-block', () => '0:,'),
    refused('an-http-request', () => 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'),
  ],
};
