import type { Answer } from '../wires/answer.ts';
import type { CaseGroup, ConformanceCase } from '../run/case.ts';
import { answering, echo, noting, returning, showPath, utf8 } from '../run/case-apps.ts';
import { parseHttpAnswer } from '../wires/http-answer.ts';
import { httpHead } from '../wires/http-request.ts';
import type { CaseRequest } from '../wires/request.ts';
import type { SocketChannel } from '../wires/socket-channel.ts';
import type { Stage } from '../wires/stage.ts';

const KEEP = { headers: [['Connection', 'keep-alive']] } satisfies CaseRequest;

/** The next answer on a connection that stays open, of which `offset` bytes were read before. */
async function nextAnswer(
  channel: SocketChannel,
  offset: number,
  method = 'GET',
): Promise<{ answer: Answer; offset: number }> {
  const parse = (): Answer => parseHttpAnswer(channel.received.subarray(offset), channel.ending, method);
  await channel.until(() => parse().finished);
  const answer = parse();
  if (!answer.finished) throw new Error(`the answer did not come to its end in time: found ${answer.status || 'none'}`);
  return { answer, offset: channel.receivedLength - answer.rest.byteLength };
}

/** Sends requests at once on one connection, and gives the texts of their answers. */
async function pipeline(stage: Stage, requests: readonly { request: CaseRequest; body?: string }[]): Promise<void> {
  const channel = await stage.connect();
  channel.send(
    requests.map(({ request, body = '' }) => httpHead(stage.request({ ...KEEP, ...request })) + body).join(''),
  );
  const found: string[] = [];
  let offset = 0;
  for (const { request } of requests) {
    const next = await nextAnswer(channel, offset, request.method);
    offset = next.offset;
    found.push(`${next.answer.code} ${next.answer.body.toString('latin1')}`);
  }
  stage.note('answers', found);
}

function onOneConnection(
  name: string,
  rule: string,
  app: ConformanceCase['app'],
  requests: readonly { request: CaseRequest; body?: string }[],
  answers: readonly string[],
  breaks?: string,
): ConformanceCase {
  return {
    name,
    rule,
    wires: ['http'],
    app,
    talk: async (stage) => {
      await pipeline(stage, requests);
      return undefined;
    },
    expect: { unanswered: true, client: { answers: [...answers] } },
    ...(breaks === undefined ? {} : { breaks }),
  };
}

const streamedPath = returning(async function* body(_, environ) {
  yield utf8('at ');
  await new Promise((resolve) => setImmediate(resolve));
  yield utf8(environ.PATH_INFO);
});
/** One connection, several requests; and what ends it (RFC 9112 §9). */
export const httpConnection: CaseGroup = {
  hazard: 'HTTP: connections',
  cases: [
    onOneConnection(
      'http-answers-requests-in-their-order',
      'R1',
      showPath,
      ['/1', '/2', '/3'].map((target) => ({ request: { target } })),
      ['200 /1', '200 /2', '200 /3'],
    ),
    onOneConnection(
      'http-answers-streamed-requests-in-their-order',
      'R1',
      streamedPath,
      ['/1', '/2', '/3'].map((target) => ({ request: { target } })),
      ['200 at /1', '200 at /2', '200 at /3'],
    ),
    onOneConnection(
      'http-keeps-bodies-of-pipelined-requests-apart',
      'R45',
      echo,
      [
        { request: { method: 'POST', length: 3 }, body: 'one' },
        { request: { method: 'POST', length: null }, body: '3\r\ntwo\r\n0\r\n\r\n' },
        { request: { method: 'POST', length: 5 }, body: 'three' },
      ],
      ['200 one', '200 two', '200 three'],
    ),
    onOneConnection(
      'http-sends-nothing-after-head',
      'R84',
      showPath,
      [{ request: { method: 'HEAD', target: '/1' } }, { request: { target: '/2' } }],
      ['200 ', '200 /2'],
      'R84',
    ),
    onOneConnection(
      'http-sends-nothing-after-a-204',
      'R85',
      (_, startResponse) => {
        startResponse('204 No Content', []);
        return [utf8('dropped')];
      },
      [{ request: {} }, { request: {} }],
      ['204 ', '204 '],
      'R85',
    ),
    onOneConnection(
      'http-sends-nothing-after-a-304',
      'R85',
      (_, startResponse) => {
        startResponse('304 Not Modified', [['Content-Length', '100']]);
        return [];
      },
      [{ request: {} }, { request: {} }],
      ['304 ', '304 '],
    ),
    onOneConnection(
      'http-finds-the-next-request-behind-an-unread-body',
      'R53',
      showPath,
      [{ request: { method: 'POST', target: '/1', length: 9 }, body: 'GET / HTT' }, { request: { target: '/2' } }],
      ['200 /1', '200 /2'],
    ),
    onOneConnection(
      'http-finds-the-next-request-behind-an-unread-chunked-body',
      'R53',
      showPath,
      [
        { request: { method: 'POST', target: '/1', length: null }, body: '4\r\nGET \r\n0\r\n\r\n' },
        { request: { target: '/2' } },
      ],
      ['200 /1', '200 /2'],
    ),
    onOneConnection(
      'http-takes-a-body-that-looks-like-a-request-for-a-body',
      'R45',
      echo,
      [
        { request: { method: 'POST', length: 18 }, body: 'GET / HTTP/1.1\r\n\r\n' },
        { request: { method: 'POST', length: 2 }, body: 'ok' },
      ],
      ['200 GET / HTTP/1.1\r\n\r\n', '200 ok'],
    ),
    {
      name: 'http-keeps-a-connection-open',
      rule: 'R1',
      wires: ['http'],
      app: showPath,
      talk: async (stage) => {
        const channel = await stage.connect();
        let offset = 0;
        const found: string[] = [];
        for (const target of ['/1', '/2', '/3']) {
          channel.send(httpHead(stage.request({ ...KEEP, target })));
          const next = await nextAnswer(channel, offset);
          offset = next.offset;
          found.push(next.answer.body.toString('latin1'));
        }
        stage.note('answers', found);
        stage.note('ending', channel.ending);
        return undefined;
      },
      expect: { unanswered: true, client: { answers: ['/1', '/2', '/3'], ending: 'open' } },
    },
    {
      name: 'http-closes-when-asked-to',
      rule: 'R61',
      wires: ['http'],
      app: showPath,
      talk: async (stage) => {
        const peer = await stage.open();
        peer.sendHead();
        const answer = await peer.finish();
        await peer.channel.until(() => peer.channel.ending !== 'open');
        stage.note('ending', peer.channel.ending);
        return answer;
      },
      expect: { status: 200, body: '/', client: { ending: 'orderly' }, headers: { connection: /^close$/i } },
    },
    {
      name: 'http-1-0-closes-unless-asked-not-to',
      rule: 'R61',
      wires: ['http'],
      app: showPath,
      talk: async (stage) => {
        const channel = await stage.connect();
        channel.send(httpHead(stage.request({ protocol: 'HTTP/1.0', headers: [['Connection', 'X-Nothing']] })));
        await channel.until(() => channel.ending !== 'open');
        stage.note('ending', channel.ending);
        return parseHttpAnswer(channel.received, channel.ending, 'GET');
      },
      expect: { status: 200, body: '/', client: { ending: 'orderly' } },
    },
    {
      name: 'http-closes-after-an-answer-that-was-cut-off',
      rule: 'R77',
      wires: ['http'],
      app: returning(async function* body() {
        yield utf8('half');
        throw new Error('on purpose');
      }),
      talk: async (stage) => {
        const channel = await stage.connect();
        channel.send(httpHead(stage.request(KEEP)));
        await channel.until(() => channel.ending !== 'open');
        stage.note('closed', channel.ending !== 'open');
        return parseHttpAnswer(channel.received, channel.ending, 'GET');
      },
      expect: { complete: false, client: { closed: true } },
      breaks: 'R77',
    },
    {
      name: 'http-takes-a-request-byte-by-byte',
      rule: 'R46',
      wires: ['http'],
      app: echo,
      talk: async (stage) => {
        const channel = await stage.connect();
        const bytes = `${httpHead(stage.request({ method: 'POST', length: null }))}3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n`;
        for (const byte of bytes) {
          channel.send(byte);
          await new Promise((resolve) => setImmediate(resolve));
        }
        return (await nextAnswer(channel, 0)).answer;
      },
      expect: { status: 200, body: 'abcde' },
    },
    {
      name: 'http-takes-chunks-in-every-legal-spelling',
      rule: 'R50',
      wires: ['http'],
      app: echo,
      talk: async (stage) => {
        const channel = await stage.connect();
        const chunks =
          '0003\r\nabc\r\nA;name=value;other="quoted"\r\n0123456789\r\n000\r\nX-Trailer: ignored\r\nContent-Length: 1\r\n\r\n';
        channel.send(httpHead(stage.request({ method: 'POST', length: null })) + chunks);
        return (await nextAnswer(channel, 0)).answer;
      },
      expect: {
        complete: 'any',
        check: ({ answer }) =>
          answer?.code === 400 || answer?.body.toString('latin1') === 'abc0123456789'
            ? undefined
            : `found ${answer?.status} ${answer?.body.toString('latin1')}: expected the body, or 400 for the trailer`,
      },
    },
    {
      name: 'http-keeps-trailers-from-the-environ',
      rule: 'R50',
      wires: ['http'],
      app: noting(async (environ, trace) => {
        trace.note('body', Buffer.from(await environ['tsgi.input'].read()).toString('latin1'));
        trace.note('trailer', 'HTTP_X_TRAILER' in environ);
      }),
      talk: async (stage) => {
        const channel = await stage.connect();
        channel.send(
          `${httpHead(stage.request({ method: 'POST', length: null }))}3\r\nabc\r\n0\r\nX-Trailer: late\r\n\r\n`,
        );
        return (await nextAnswer(channel, 0)).answer;
      },
      expect: { status: 200, notes: { body: 'abc', trailer: false } },
    },
    {
      name: 'http-answers-a-pipeline-after-an-early-answer',
      rule: 'R53',
      wires: ['http'],
      app: answering('early'),
      talk: async (stage) => {
        await pipeline(stage, [
          { request: { method: 'POST', length: 70_000 }, body: 'x'.repeat(70_000) },
          { request: {} },
        ]);
        return undefined;
      },
      expect: { unanswered: true, client: { answers: ['200 early', '200 early'] } },
    },
  ],
};
