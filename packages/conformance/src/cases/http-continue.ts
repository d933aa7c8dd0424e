import type { Answer } from '../wires/answer.ts';
import type { CaseGroup, ConformanceCase } from '../run/case.ts';
import { answering, noting, ok, utf8 } from '../run/case-apps.ts';

const EXPECT: ConformanceCase['request'] = { method: 'POST', length: 4, headers: [['Expect', '100-continue']] };

const reader = noting(async (environ, trace) =>
  trace.note('body', Buffer.from(await environ['tsgi.input'].read()).toString('latin1')),
);

function interim(count: number): (seen: { answer: Answer | undefined }) => string | undefined {
  return ({ answer }) => {
    const found = answer?.interim.map(({ status }) => status.slice(0, 3)) ?? [];
    return found.length === count && found.every((code) => code === '100')
      ? undefined
      : `interim answers: ${found.join(', ') || 'none'}: expected ${count} of 100`;
  };
}

/** `100 Continue`: once, when the body is first asked for, and never for nothing (R52). */
export const httpContinue: CaseGroup = {
  hazard: 'HTTP: 100-continue',
  cases: [
    {
      name: 'http-continues-when-the-body-is-read',
      rule: 'R52',
      wires: ['any-http'],
      app: reader,
      request: EXPECT,
      talk: async (stage) => {
        const peer = await stage.open();
        peer.sendHead();
        const early = await peer.until((answer) => answer.interim.length > 0);
        stage.note('early', early.interim.length);
        peer.sendBody(utf8('four'));
        peer.endBody();
        return peer.finish();
      },
      expect: { status: 200, notes: { body: 'four' }, client: { early: 1 }, check: interim(1) },
    },
    {
      name: 'http-does-not-continue-when-nobody-reads',
      rule: 'R52',
      wires: ['any-http'],
      app: answering('refused'),
      request: EXPECT,
      talk: async (stage) => {
        const peer = await stage.open();
        peer.sendHead();
        return peer.finish();
      },
      expect: { status: 200, body: 'refused', check: interim(0) },
    },
    {
      name: 'http-does-not-continue-before-the-body-is-read',
      rule: 'R52',
      wires: ['any-http'],
      app: async (environ, startResponse, trace) => {
        trace.event('waiting');
        await trace.gate();
        const body = await environ['tsgi.input'].read();
        ok(startResponse);
        return [body];
      },
      request: EXPECT,
      talk: async (stage) => {
        const peer = await stage.open();
        peer.sendHead();
        await stage.report(({ events }) => events.includes('waiting'));
        stage.note('early', peer.channel.receivedLength + peer.answer.interim.length);
        await stage.openGate();
        await peer.until((answer) => answer.interim.length > 0);
        peer.sendBody(utf8('four'));
        peer.endBody();
        return peer.finish();
      },
      expect: { status: 200, body: 'four', client: { early: 0 }, check: interim(1) },
    },
    {
      name: 'http-does-not-continue-after-the-head',
      rule: 'R52',
      wires: ['any-http'],
      app: (environ, startResponse) => {
        ok(startResponse);
        return (async function* body() {
          yield utf8('head is out');
          try {
            await environ['tsgi.input'].read();
          } catch {
            // That the body never came is as it should be.
          }
        })();
      },
      request: EXPECT,
      talk: async (stage) => {
        const peer = await stage.open();
        peer.sendHead();
        await peer.until(({ body }) => body.byteLength >= 11);
        peer.sendBody(utf8('four'));
        peer.endBody();
        return peer.finish();
      },
      expect: { status: 200, body: 'head is out', check: interim(0) },
    },
    {
      name: 'http-does-not-continue-for-http-1-0',
      rule: 'R52',
      wires: ['http'],
      app: reader,
      request: { ...EXPECT, protocol: 'HTTP/1.0', body: ['four'] },
      expect: { status: 200, notes: { body: 'four' }, check: interim(0) },
    },
    {
      name: 'http-continues-once-for-many-reads',
      rule: 'R52',
      wires: ['any-http'],
      app: noting(async (environ, trace) => {
        const input = environ['tsgi.input'];
        const first = Buffer.from(await input.read(2)).toString('latin1');
        trace.note('first', first);
        trace.note('body', first + Buffer.from(await input.read()).toString('latin1'));
      }),
      request: EXPECT,
      talk: async (stage) => {
        const peer = await stage.open();
        peer.sendHead();
        await peer.until((answer) => answer.interim.length > 0);
        peer.sendBody(utf8('fo'));
        await stage.report(({ notes }) => 'first' in notes);
        peer.sendBody(utf8('ur'));
        peer.endBody();
        return peer.finish();
      },
      expect: { status: 200, notes: { body: 'four' }, check: interim(1) },
    },
    {
      name: 'http-continues-for-chunks',
      rule: 'R52',
      wires: ['any-http'],
      app: reader,
      request: { ...EXPECT, length: null },
      talk: async (stage) => {
        const peer = await stage.open();
        peer.sendHead();
        await peer.until((answer) => answer.interim.length > 0);
        peer.sendBody(utf8('four'));
        peer.endBody();
        return peer.finish();
      },
      expect: { status: 200, notes: { body: 'four' }, check: interim(1) },
    },
  ],
};
