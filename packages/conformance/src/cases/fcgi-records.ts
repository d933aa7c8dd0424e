import type { CaseGroup } from '../run/case.ts';
import { echo, noting, ok, returning, showEnviron, showPath, utf8 } from '../run/case-apps.ts';
import { parseFcgiAnswer } from '../wires/fcgi-answer.ts';
import { beginRequest, FCGI, parseRecords, record, ROLE, stream } from '../wires/fcgi-records.ts';
import { answerOf, opening, params, POST, recordTypes, talking } from '../wires/fcgi-talk.ts';
import type { CaseRequest } from '../wires/request.ts';
import type { Stage } from '../wires/stage.ts';

/** A request in the smallest records there are: a pair straddles many of them. */
function shattered(stage: Stage, changes: CaseRequest, body: string): Buffer {
  return Buffer.concat([
    beginRequest(1, ROLE.RESPONDER, false),
    stream(FCGI.PARAMS, 1, params(stage, changes), 1),
    record(FCGI.PARAMS, 1),
    stream(FCGI.STDIN, 1, Buffer.from(body), 1),
    record(FCGI.STDIN, 1),
  ]);
}

/** Records, ids and streams (FastCGI 1.0 §3 to §6; R95). */
export const fcgiRecords: CaseGroup = {
  hazard: 'FastCGI: records',
  cases: [
    talking(
      'pairs-may-straddle-records',
      'R95',
      echo,
      async (stage, channel) => {
        channel.send(shattered(stage, { ...POST, headers: [['X-Long', 'v'.repeat(300)]] }, 'four'));
        return answerOf(channel, 1, true);
      },
      { status: 200, body: 'four' },
    ),
    talking(
      'a-request-may-come-byte-by-byte',
      'R95',
      echo,
      async (stage, channel) => {
        for (const byte of Buffer.concat([
          opening(stage, 1, false, POST),
          record(FCGI.STDIN, 1, 'four'),
          record(FCGI.STDIN, 1),
        ])) {
          channel.send(Uint8Array.of(byte));
          await new Promise((resolve) => setImmediate(resolve));
        }
        return answerOf(channel, 1, true);
      },
      { status: 200, body: 'four' },
    ),
    talking(
      'padding-is-skipped',
      'R95',
      echo,
      async (stage, channel) => {
        const block = params(stage, POST);
        channel.send(
          Buffer.concat([
            beginRequest(1, ROLE.RESPONDER, false),
            record(FCGI.PARAMS, 1, block.subarray(0, 50), 255),
            record(FCGI.PARAMS, 1, block.subarray(50), 7),
            record(FCGI.PARAMS, 1, '', 8),
            record(FCGI.STDIN, 1, 'four', 255),
            record(FCGI.STDIN, 1, '', 3),
          ]),
        );
        return answerOf(channel, 1, true);
      },
      { status: 200, body: 'four' },
    ),
    talking(
      'long-lengths-may-be-used-for-short-values',
      'R95',
      showEnviron,
      async (stage, channel) => {
        const long = Buffer.concat([Buffer.from([0x80, 0, 0, 6, 0x80, 0, 0, 2]), Buffer.from('HTTP_Xv1')]);
        channel.send(
          Buffer.concat([
            beginRequest(1, ROLE.RESPONDER, false),
            stream(FCGI.PARAMS, 1, Buffer.concat([params(stage), long])),
            record(FCGI.PARAMS, 1),
            record(FCGI.STDIN, 1),
          ]),
        );
        return answerOf(channel, 1, true);
      },
      { status: 200, environ: { HTTP_X: 'v1' } },
    ),
    ...[7, 255, 256, 65_535].map((id) =>
      talking(
        `request-id-${id}-is-answered-as-such`,
        'R95',
        showPath,
        async (stage, channel) => {
          channel.send(Buffer.concat([opening(stage, id, false), record(FCGI.STDIN, id)]));
          return answerOf(channel, id, true);
        },
        { status: 200, body: '/' },
      ),
    ),
    talking(
      'a-large-answer-is-many-records',
      'R95',
      returning(() => [Buffer.alloc(200_000, 'l')]),
      async (stage, channel) => {
        channel.send(Buffer.concat([opening(stage, 1, false), record(FCGI.STDIN, 1)]));
        return answerOf(channel, 1, true);
      },
      { status: 200, body: Buffer.alloc(200_000, 'l') },
    ),
    talking(
      'keep-conn-keeps-the-connection',
      'R95',
      showPath,
      async (stage, channel) => {
        const found: string[] = [];
        // Ids are used again (§3.3); a reader needs to know where the first answer ended.
        for (const id of [1, 2, 3]) {
          channel.send(Buffer.concat([opening(stage, id, true, { target: `/${id}` }), record(FCGI.STDIN, id)]));
          found.push((await answerOf(channel, id, false)).body.toString('latin1'));
        }
        stage.note('answers', found);
        stage.note('ending', channel.ending);
        return undefined;
      },
      { unanswered: true, client: { answers: ['/1', '/2', '/3'], ending: 'open' } },
    ),
    talking(
      'an-id-is-used-again',
      'R95',
      showPath,
      async (stage, channel) => {
        for (let count = 1; count <= 3; count++) {
          channel.send(Buffer.concat([opening(stage, 1, true), record(FCGI.STDIN, 1)]));
          await channel.until(
            () => recordTypes(channel, 1).filter((type) => type === FCGI.END_REQUEST).length >= count,
          );
        }
        stage.note('ends', recordTypes(channel, 1).filter((type) => type === FCGI.END_REQUEST).length);
        return undefined;
      },
      { unanswered: true, calls: 3, client: { ends: 3 } },
    ),
    talking(
      'without-keep-conn-the-connection-is-closed',
      'R95',
      showPath,
      async (stage, channel) => {
        channel.send(Buffer.concat([opening(stage, 1, false), record(FCGI.STDIN, 1)]));
        const answer = await answerOf(channel, 1, true);
        stage.note('closed', channel.ending === 'orderly');
        return answer;
      },
      { status: 200, client: { closed: true } },
    ),
    talking(
      'output-ends-with-an-empty-record-and-one-end-request',
      'R95, R96',
      showPath,
      async (stage, channel) => {
        channel.send(Buffer.concat([opening(stage, 1, false), record(FCGI.STDIN, 1)]));
        const answer = await answerOf(channel, 1, true);
        const { records } = parseRecords(channel.received, []);
        stage.note(
          'empty',
          records.filter(({ type, content }) => type === FCGI.STDOUT && content.byteLength === 0).length,
        );
        stage.note('ends', records.filter(({ type }) => type === FCGI.END_REQUEST).length);
        stage.note('last', records.at(-1)?.type ?? 0);
        return answer;
      },
      {
        status: 200,
        client: { empty: 1, ends: 1, last: FCGI.END_REQUEST },
        check: ({ answer }) => (answer?.end?.appStatus === 0 ? undefined : 'appStatus is not 0'),
      },
    ),
    talking(
      'an-empty-answer-ends-with-an-empty-record-too',
      'R95',
      returning(() => []),
      async (stage, channel) => {
        channel.send(Buffer.concat([opening(stage, 1, false), record(FCGI.STDIN, 1)]));
        return answerOf(channel, 1, true);
      },
      { status: 200, body: '' },
    ),
    talking(
      'an-answer-may-begin-before-stdin-ends',
      'R95',
      (environ, startResponse) => {
        ok(startResponse);
        return (async function* body() {
          yield utf8('early ');
          yield await environ['tsgi.input'].read();
        })();
      },
      async (stage, channel) => {
        channel.send(opening(stage, 1, false, { method: 'POST', length: null }));
        await channel.until(
          () => parseFcgiAnswer(channel.received, channel.ending, 'GET', 1, true).body.byteLength >= 6,
        );
        channel.send(Buffer.concat([record(FCGI.STDIN, 1, 'later'), record(FCGI.STDIN, 1)]));
        return answerOf(channel, 1, true);
      },
      { status: 200, body: 'early later' },
    ),
    talking(
      'a-content-length-that-is-empty-is-unknown',
      'R31',
      echo,
      async (stage, channel) => {
        channel.send(
          Buffer.concat([
            opening(stage, 1, false, { method: 'POST', variables: { CONTENT_LENGTH: '' } }),
            record(FCGI.STDIN, 1, 'unknown'),
            record(FCGI.STDIN, 1),
          ]),
        );
        return answerOf(channel, 1, true);
      },
      { status: 200, body: 'unknown' },
    ),
    talking(
      'a-content-length-of-minus-one-is-unknown',
      'R31',
      echo,
      async (stage, channel) => {
        channel.send(
          Buffer.concat([
            opening(stage, 1, false, { method: 'POST', variables: { CONTENT_LENGTH: '-1' } }),
            record(FCGI.STDIN, 1, 'unknown'),
            record(FCGI.STDIN, 1),
          ]),
        );
        return answerOf(channel, 1, true);
      },
      { status: 200, body: 'unknown' },
    ),
    talking(
      'records-of-unknown-requests-are-ignored',
      'R95',
      showPath,
      async (stage, channel) => {
        channel.send(
          Buffer.concat([
            record(FCGI.STDIN, 9, 'stray'),
            record(FCGI.PARAMS, 9, 'stray'),
            record(FCGI.ABORT_REQUEST, 9),
            opening(stage, 1, false),
            record(FCGI.DATA, 8, 'stray'),
            record(FCGI.STDIN, 1),
          ]),
        );
        return answerOf(channel, 1, true);
      },
      { status: 200, body: '/' },
    ),
    talking(
      'two-requests-may-be-interleaved',
      'R95',
      echo,
      async (stage, channel) => {
        channel.send(
          Buffer.concat([
            opening(stage, 1, true, POST),
            opening(stage, 2, true, POST),
            record(FCGI.STDIN, 2, 'tw'),
            record(FCGI.STDIN, 1, 'on'),
            record(FCGI.STDIN, 2, 'o!'),
            record(FCGI.STDIN, 1, 'e!'),
            record(FCGI.STDIN, 2),
            record(FCGI.STDIN, 1),
          ]),
        );
        const second = await answerOf(channel, 2, false);
        const first = await answerOf(channel, 1, false);
        const refusedAs = second.end?.protocolStatus;
        stage.note(
          'right',
          first.body.toString('latin1') === 'one!' && (second.body.toString('latin1') === 'two!' || refusedAs === 1),
        );
        return undefined;
      },
      { unanswered: true, client: { right: true } },
    ),
    talking(
      'what-is-written-to-errors-is-not-output',
      'R55, R95',
      (environ, startResponse) => {
        environ['tsgi.errors'].write('conformance: on purpose\n');
        ok(startResponse);
        return [utf8('output')];
      },
      async (stage, channel) => {
        channel.send(Buffer.concat([opening(stage, 1, false), record(FCGI.STDIN, 1)]));
        return answerOf(channel, 1, true);
      },
      { status: 200, body: 'output' },
    ),
    talking(
      'stdin-beyond-content-length-is-discarded',
      'R45',
      noting(async (environ, trace) => trace.note('body', (await environ['tsgi.input'].read()).byteLength)),
      async (stage, channel) => {
        channel.send(
          Buffer.concat([
            opening(stage, 1, true, POST),
            record(FCGI.STDIN, 1, 'four and more'),
            record(FCGI.STDIN, 1, 'and more'),
            record(FCGI.STDIN, 1),
          ]),
        );
        return answerOf(channel, 1, false);
      },
      { status: 200, notes: { body: 4 } },
    ),
  ],
};
