import type { CaseGroup, ConformanceCase } from '../run/case.ts';
import { showPath } from '../run/case-apps.ts';
import { beginRequest, FCGI, pair, record, ROLE, stream } from '../wires/fcgi-records.ts';
import { answerOf, opening, params, POST, talking } from '../wires/fcgi-talk.ts';
import type { Stage } from '../wires/stage.ts';

/** Sends bytes in the middle of which the server must close the connection, without calling the application again. */
function fatal(name: string, bytes: (stage: Stage) => Buffer): ConformanceCase {
  return talking(
    name,
    'R95',
    showPath,
    async (stage, channel) => {
      channel.send(bytes(stage));
      await channel.until(() => channel.ending !== 'open');
      stage.note('closed', channel.ending !== 'open');
      return undefined;
    },
    { unanswered: true, client: { closed: true } },
  );
}

/** Broken framing ends the connection; malformed params are refused, and no more (R95). */
export const fcgiRefusals: CaseGroup = {
  hazard: 'FastCGI: requests that are refused',
  cases: [
    fatal('another-version-closes-the-connection', (stage) => {
      const bytes = opening(stage, 1, true);
      bytes[0] = 2;
      return bytes;
    }),
    fatal('a-request-of-id-0-closes-the-connection', (stage) => opening(stage, 0, true)),
    fatal('a-short-begin-request-closes-the-connection', () => record(FCGI.BEGIN_REQUEST, 1, Buffer.from([0, 1, 0]))),
    fatal('begin-request-on-an-active-id-closes-the-connection', (stage) =>
      Buffer.concat([opening(stage, 1, true, POST), beginRequest(1, ROLE.RESPONDER, true)]),
    ),
    ...[
      ['a-pair-beyond-its-block', Buffer.concat([Buffer.from([5, 200]), Buffer.from('NAMEsvalue')])],
      ['a-pair-with-half-a-length', Buffer.from([0x80, 0, 0])],
      ['a-pair-of-two-gigabytes', Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 65])],
    ].map(([name, block]) =>
      talking(
        `${String(name)}-is-refused`,
        'R95',
        showPath,
        async (stage, channel) => {
          channel.send(
            Buffer.concat([
              beginRequest(1, ROLE.RESPONDER, false),
              stream(FCGI.PARAMS, 1, Buffer.concat([params(stage), Buffer.from(block ?? '')])),
              record(FCGI.PARAMS, 1),
              record(FCGI.STDIN, 1),
            ]),
          );
          return answerOf(channel, 1, true);
        },
        { refused: 'closed', status: 400 },
      ),
    ),
    talking(
      'params-without-measure-are-refused',
      'R95',
      showPath,
      async (stage, channel) => {
        channel.send(Buffer.concat([beginRequest(1, ROLE.RESPONDER, false), stream(FCGI.PARAMS, 1, params(stage))]));
        const block = stream(
          FCGI.PARAMS,
          1,
          Buffer.concat(Array.from({ length: 2000 }, (_, index) => pair(`HTTP_X_${index}`, 'v'.repeat(500)))),
        );
        for (let count = 0; count < 20; count++) channel.send(block);
        channel.send(Buffer.concat([record(FCGI.PARAMS, 1), record(FCGI.STDIN, 1)]));
        return answerOf(channel, 1, true);
      },
      { refused: 'closed', status: [400, 413, 431] },
    ),
  ],
};
