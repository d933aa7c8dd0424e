import type { CaseGroup } from '../run/case.ts';
import { echo, showPath } from '../run/case-apps.ts';
import {
  beginRequest,
  FCGI,
  pair,
  pairs,
  parsePairs,
  parseRecords,
  record,
  ROLE,
  stream,
} from '../wires/fcgi-records.ts';
import { answerOf, opening, params, POST, recordTypes, talking } from '../wires/fcgi-talk.ts';
import type { SocketChannel } from '../wires/socket-channel.ts';
import type { Note } from '../app/trace.ts';

function values(channel: SocketChannel): Note {
  const { records } = parseRecords(channel.received, []);
  const results = records.filter(({ type, id }) => type === FCGI.GET_VALUES_RESULT && id === 0);
  return results.map(({ content }) => parsePairs(content)?.map(([name, value]) => [name, value !== '']) ?? 'malformed');
}

/** What a server tells of itself, and what it does not know (FastCGI 1.0 §4, §5.1; R95). */
export const fcgiManagement: CaseGroup = {
  hazard: 'FastCGI: management records',
  cases: [
    talking(
      'values-are-told',
      'R95',
      showPath,
      async (stage, channel) => {
        channel.send(
          record(
            FCGI.GET_VALUES,
            0,
            pairs([
              ['FCGI_MAX_CONNS', ''],
              ['FCGI_MAX_REQS', ''],
              ['FCGI_MPXS_CONNS', ''],
            ]),
          ),
        );
        await channel.until(() => recordTypes(channel, 0).length > 0);
        stage.note('values', values(channel));
        return undefined;
      },
      {
        unanswered: true,
        client: {
          values: [
            [
              ['FCGI_MAX_CONNS', true],
              ['FCGI_MAX_REQS', true],
              ['FCGI_MPXS_CONNS', true],
            ],
          ],
        },
      },
    ),
    talking(
      'only-values-that-were-asked-for-are-told',
      'R95',
      showPath,
      async (stage, channel) => {
        channel.send(
          record(
            FCGI.GET_VALUES,
            0,
            pairs([
              ['FCGI_MPXS_CONNS', ''],
              ['FCGI_UNHEARD_OF', ''],
            ]),
          ),
        );
        await channel.until(() => recordTypes(channel, 0).length > 0);
        stage.note('values', values(channel));
        return undefined;
      },
      { unanswered: true, client: { values: [[['FCGI_MPXS_CONNS', true]]] } },
    ),
    talking(
      'values-may-be-asked-for-during-a-request',
      'R95',
      echo,
      async (stage, channel) => {
        channel.send(
          Buffer.concat([opening(stage, 1, true, POST), record(FCGI.GET_VALUES, 0, pair('FCGI_MPXS_CONNS', ''))]),
        );
        await channel.until(() => recordTypes(channel, 0).length > 0);
        stage.note('values', values(channel));
        channel.send(Buffer.concat([record(FCGI.STDIN, 1, 'four'), record(FCGI.STDIN, 1)]));
        return answerOf(channel, 1, false);
      },
      { status: 200, body: 'four', client: { values: [[['FCGI_MPXS_CONNS', true]]] } },
    ),
    talking(
      'an-unknown-management-type-is-said-to-be-unknown',
      'R95',
      showPath,
      async (stage, channel) => {
        channel.send(record(77, 0, 'what is this?'));
        await channel.until(() => recordTypes(channel, 0).length > 0);
        const [reply] = parseRecords(channel.received, []).records;
        stage.note('reply', [reply?.type ?? 0, reply?.content[0] ?? 0, reply?.content.byteLength ?? 0]);
        return undefined;
      },
      { unanswered: true, client: { reply: [FCGI.UNKNOWN_TYPE, 77, 8] } },
    ),
    talking(
      'an-unknown-role-is-refused',
      'R95',
      showPath,
      async (stage, channel) => {
        channel.send(
          Buffer.concat([
            beginRequest(1, ROLE.UNKNOWN, false),
            stream(FCGI.PARAMS, 1, params(stage)),
            record(FCGI.PARAMS, 1),
            record(FCGI.STDIN, 1),
          ]),
        );
        const answer = await answerOf(channel, 1, true);
        stage.note('protocolStatus', answer.end?.protocolStatus ?? -1);
        return undefined;
      },
      { unanswered: true, calls: 0, client: { protocolStatus: 3 } },
    ),
  ],
};
