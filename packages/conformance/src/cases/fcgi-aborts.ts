import type { CaseGroup, ConformanceCase, Expectation } from '../run/case.ts';
import { ok, utf8 } from '../run/case-apps.ts';
import { beginRequest, FCGI, pairs, parseRecords, record, ROLE, stream } from '../wires/fcgi-records.ts';
import { metaVariables } from '../wires/meta-variables.ts';
import type { CaseRequest } from '../wires/request.ts';
import type { SocketChannel } from '../wires/socket-channel.ts';
import type { Stage } from '../wires/stage.ts';

function opening(stage: Stage, id: number, role: number, changes: CaseRequest = {}): Buffer {
  const params = pairs(metaVariables(stage.request(changes), false));
  return Buffer.concat([beginRequest(id, role, true), stream(FCGI.PARAMS, id, params), record(FCGI.PARAMS, id)]);
}

/** Waits for its signal, then tears down; writes down each step. */
const patient: ConformanceCase['app'] = (environ, startResponse, trace) => {
  const signal = environ['tsgi.signal'];
  environ['tsgi.after_response'].push(() => trace.event('after'));
  ok(startResponse);
  const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  const body = (async function* chunks() {
    yield utf8('first');
    trace.event('waiting');
    await aborted;
    trace.event('signal');
    yield utf8('second');
  })();
  return Object.assign(body, { close: () => trace.event('close') });
};

const reading: ConformanceCase['app'] = async (environ, startResponse, trace) => {
  trace.event('waiting');
  try {
    await environ['tsgi.input'].read();
    trace.event('read');
  } catch (error) {
    trace.event(error instanceof Error ? error.name : 'other');
  }
  ok(startResponse);
  return [];
};

function ends(channel: SocketChannel, id: number): number {
  const { records } = parseRecords(channel.received, []);
  return records.filter((found) => found.id === id && found.type === FCGI.END_REQUEST).length;
}

function talking(
  name: string,
  app: ConformanceCase['app'],
  talk: (stage: Stage, channel: SocketChannel) => Promise<void>,
  expect: Expectation,
): ConformanceCase {
  return {
    name: `fcgi-${name}`,
    rule: 'R96',
    wires: ['fcgi'],
    app,
    talk: async (stage) => {
      await talk(stage, await stage.connect());
      return undefined;
    },
    expect: { unanswered: true, ...expect },
  };
}

async function waitFor(stage: Stage, event: string): Promise<void> {
  await stage.report(({ events }) => events.includes(event));
}

const TORN_DOWN = ['waiting', 'signal', 'close', 'after'];

/** ABORT_REQUEST, connections that end, and the roles beside the responder (R95, R96). */
export const fcgiAborts: CaseGroup = {
  hazard: 'FastCGI: aborts and roles',
  cases: [
    talking(
      'an-abort-fires-the-signal-and-ends-once',
      patient,
      async (stage, channel) => {
        channel.send(Buffer.concat([opening(stage, 1, ROLE.RESPONDER), record(FCGI.STDIN, 1)]));
        await waitFor(stage, 'waiting');
        channel.send(record(FCGI.ABORT_REQUEST, 1));
        await waitFor(stage, 'after');
        await channel.until(() => ends(channel, 1) > 0);
        stage.note('ends', ends(channel, 1));
        stage.note('ending', channel.ending);
      },
      { events: TORN_DOWN, client: { ends: 1, ending: 'open' } },
    ),
    talking(
      'end-request-waits-for-an-aborted-app',
      patient,
      async (stage, channel) => {
        channel.send(Buffer.concat([opening(stage, 1, ROLE.RESPONDER), record(FCGI.STDIN, 1)]));
        await waitFor(stage, 'waiting');
        channel.send(record(FCGI.ABORT_REQUEST, 1));
        await channel.until(() => ends(channel, 1) > 0);
        const { events } = await stage.report();
        stage.note('stopped', events.includes('signal'));
      },
      { client: { stopped: true } },
    ),
    talking(
      'nothing-is-output-after-an-abort',
      patient,
      async (stage, channel) => {
        channel.send(Buffer.concat([opening(stage, 1, ROLE.RESPONDER), record(FCGI.STDIN, 1)]));
        await waitFor(stage, 'waiting');
        channel.send(record(FCGI.ABORT_REQUEST, 1));
        await channel.until(() => ends(channel, 1) > 0);
        stage.note('second', channel.received.includes('second'));
      },
      { client: { second: false } },
    ),
    talking(
      'an-abort-fails-the-body',
      reading,
      async (stage, channel) => {
        channel.send(opening(stage, 1, ROLE.RESPONDER, { method: 'POST', length: 100 }));
        await waitFor(stage, 'waiting');
        channel.send(Buffer.concat([record(FCGI.STDIN, 1, 'half'), record(FCGI.ABORT_REQUEST, 1)]));
        await waitFor(stage, 'AbortError');
      },
      { events: ['waiting', 'AbortError'] },
    ),
    talking(
      'an-abort-leaves-other-requests-alone',
      patient,
      async (stage, channel) => {
        channel.send(Buffer.concat([opening(stage, 1, ROLE.RESPONDER), record(FCGI.STDIN, 1)]));
        await waitFor(stage, 'waiting');
        channel.send(
          Buffer.concat([record(FCGI.ABORT_REQUEST, 2), record(FCGI.GET_VALUES, 0, '\x0f\0FCGI_MPXS_CONNS')]),
        );
        await channel.until(() => channel.received.includes('FCGI_MPXS_CONNS'));
        stage.note('ends', ends(channel, 1));
        channel.send(record(FCGI.ABORT_REQUEST, 1));
        await waitFor(stage, 'after');
      },
      { events: TORN_DOWN, client: { ends: 0 } },
    ),
    talking(
      'a-connection-that-goes-on-serves-after-an-abort',
      patient,
      async (stage, channel) => {
        channel.send(Buffer.concat([opening(stage, 1, ROLE.RESPONDER), record(FCGI.STDIN, 1)]));
        await waitFor(stage, 'waiting');
        channel.send(record(FCGI.ABORT_REQUEST, 1));
        await channel.until(() => ends(channel, 1) === 1);
        channel.send(Buffer.concat([opening(stage, 1, ROLE.RESPONDER), record(FCGI.STDIN, 1)]));
        await stage.report(({ events }) => events.filter((event) => event === 'waiting').length === 2);
        channel.send(record(FCGI.ABORT_REQUEST, 1));
        await channel.until(() => ends(channel, 1) === 2);
        stage.note('ends', ends(channel, 1));
      },
      { calls: 2, client: { ends: 2 } },
    ),
    talking(
      'a-fin-is-an-abort',
      patient,
      async (stage, channel) => {
        channel.send(Buffer.concat([opening(stage, 1, ROLE.RESPONDER), record(FCGI.STDIN, 1)]));
        await waitFor(stage, 'waiting');
        channel.close();
        await waitFor(stage, 'after');
      },
      { events: TORN_DOWN },
    ),
    talking(
      'a-fin-aborts-every-request-of-a-connection',
      patient,
      async (stage, channel) => {
        channel.send(
          Buffer.concat([
            opening(stage, 1, ROLE.RESPONDER),
            record(FCGI.STDIN, 1),
            opening(stage, 2, ROLE.RESPONDER),
            record(FCGI.STDIN, 2),
          ]),
        );
        const report = await stage.report(
          ({ events, calls }) =>
            events.filter((event) => event === 'waiting').length === 2 || (calls === 1 && ends(channel, 2) === 1),
        );
        const wanted = report.calls;
        channel.close();
        const { events } = await stage.report(
          (seen) => seen.events.filter((event) => event === 'after').length === wanted,
        );
        stage.note('all', events.filter((event) => event === 'signal').length === wanted);
      },
      { client: { all: true } },
    ),
    talking(
      'an-authorizer-gets-no-body',
      async (environ, startResponse, trace) => {
        trace.note('body', (await environ['tsgi.input'].read()).byteLength);
        trace.note('role', typeof environ['tsgi.fcgi_role'] === 'string' ? environ['tsgi.fcgi_role'] : 'absent');
        startResponse('200 OK', [['Variable-KIT', 'yes']]);
        return [];
      },
      async (stage, channel) => {
        // mod_authnz_fcgi sends no STDIN at all.
        channel.send(opening(stage, 1, ROLE.AUTHORIZER));
        await channel.until(() => ends(channel, 1) > 0);
        const { notes, calls } = await stage.report();
        const unknownRole =
          calls === 0 &&
          parseRecords(channel.received, []).records.some(
            ({ type, content }) => type === FCGI.END_REQUEST && content[4] === 3,
          );
        stage.note(
          'right',
          unknownRole ||
            (notes.body === 0 && notes.role === 'AUTHORIZER' && channel.received.includes('Variable-KIT: yes')),
        );
      },
      { client: { right: true } },
    ),
    talking(
      'a-filter-gets-its-data',
      async (environ, startResponse, trace) => {
        const data: unknown = environ['tsgi.fcgi_data'];
        trace.note('role', typeof environ['tsgi.fcgi_role'] === 'string' ? environ['tsgi.fcgi_role'] : 'absent');
        trace.note('body', Buffer.from(await environ['tsgi.input'].read()).toString('latin1'));
        let text = '';
        if (typeof data === 'object' && data !== null && Symbol.asyncIterator in data) {
          for await (const chunk of data as AsyncIterable<Uint8Array>) text += Buffer.from(chunk).toString('latin1');
        }
        trace.note('data', text);
        ok(startResponse);
        return [];
      },
      async (stage, channel) => {
        const variables = { FCGI_DATA_LAST_MOD: '784111777', FCGI_DATA_LENGTH: '9' };
        channel.send(
          Buffer.concat([
            opening(stage, 1, ROLE.FILTER, { method: 'POST', length: 4, variables }),
            record(FCGI.STDIN, 1, 'four'),
            record(FCGI.STDIN, 1),
            record(FCGI.DATA, 1, 'file '),
            record(FCGI.DATA, 1, 'data'),
            record(FCGI.DATA, 1),
          ]),
        );
        await channel.until(() => ends(channel, 1) > 0);
        const { notes, calls } = await stage.report();
        const unknownRole =
          calls === 0 &&
          parseRecords(channel.received, []).records.some(
            ({ type, content }) => type === FCGI.END_REQUEST && content[4] === 3,
          );
        stage.note(
          'right',
          unknownRole || (notes.role === 'FILTER' && notes.body === 'four' && notes.data === 'file data'),
        );
      },
      { client: { right: true } },
    ),
  ],
};
