import type { CaseGroup } from '../run/case.ts';
import { ok, TEXT, utf8 } from '../run/case-apps.ts';

const ERROR = new Error('on purpose');

/** Nothing is sent before the first non-empty chunk or the end; until then `excInfo` replaces all (R68, R71). */
export const lateHead: CaseGroup = {
  hazard: 'When the head is sent',
  cases: [
    {
      name: 'an-empty-first-chunk-does-not-send-the-head',
      rule: 'R68',
      app: (_, startResponse) => {
        ok(startResponse, ['X-First', 'yes']);
        return (function* body() {
          yield new Uint8Array(0);
          startResponse('503 Replaced', [...TEXT], ERROR);
          yield utf8('replaced');
        })();
      },
      expect: { status: '503 Replaced', headers: { 'x-first': null }, body: 'replaced' },
    },
    {
      name: 'an-empty-first-asynchronous-chunk-does-not-send-the-head',
      rule: 'R68',
      app: (_, startResponse) => {
        ok(startResponse, ['X-First', 'yes']);
        return (async function* body() {
          yield new Uint8Array(0);
          await new Promise((resolve) => setImmediate(resolve));
          startResponse('503 Replaced', [...TEXT], ERROR);
          yield utf8('replaced');
        })();
      },
      expect: { status: '503 Replaced', headers: { 'x-first': null }, body: 'replaced' },
    },
    {
      name: 'writing-nothing-does-not-send-the-head',
      rule: 'R68',
      app: async (_, startResponse) => {
        const write = startResponse('200 OK', [...TEXT]);
        await write(new Uint8Array(0));
        startResponse('503 Replaced', [...TEXT], ERROR);
        return [utf8('replaced')];
      },
      expect: { status: '503 Replaced', body: 'replaced' },
    },
    {
      name: 'start-response-does-not-send-the-head',
      rule: 'R68',
      app: async (_, startResponse, trace) => {
        ok(startResponse, ['X-First', 'yes']);
        await trace.gate();
        startResponse('503 Replaced', [...TEXT], ERROR);
        return [utf8('replaced')];
      },
      talk: async (stage) => {
        const peer = await stage.open();
        peer.sendHead();
        peer.endBody();
        await stage.report(({ calls }) => calls > 0);
        stage.note('early', peer.channel.received.byteLength);
        await stage.openGate();
        return peer.finish();
      },
      expect: { status: '503 Replaced', headers: { 'x-first': null }, body: 'replaced', client: { early: 0 } },
    },
    {
      name: 'the-head-waits-for-the-first-chunk',
      rule: 'R68',
      app: (_, startResponse, trace) => {
        ok(startResponse);
        return (async function* body() {
          yield new Uint8Array(0);
          trace.event('waiting');
          await trace.gate();
          yield utf8('at last');
        })();
      },
      talk: async (stage) => {
        const peer = await stage.open();
        peer.sendHead();
        peer.endBody();
        await stage.report(({ events }) => events.includes('waiting'));
        stage.note('early', peer.channel.received.byteLength);
        await stage.openGate();
        return peer.finish();
      },
      expect: { status: 200, body: 'at last', client: { early: 0 } },
    },
    {
      name: 'an-empty-body-sends-the-head-at-its-end',
      rule: 'R68',
      app: (_, startResponse) => {
        ok(startResponse);
        return (function* body(): Generator<Uint8Array> {
          startResponse('503 Replaced', [...TEXT], ERROR);
          yield* [];
        })();
      },
      expect: { status: '503 Replaced', body: '' },
    },
    {
      name: 'a-replacement-replaces-every-header',
      rule: 'R71',
      app: (_, startResponse) => {
        startResponse('200 OK', [
          ['Content-Type', 'image/png'],
          ['Set-Cookie', 'left=over'],
          ['ETag', '"old"'],
          ['X-Old', 'old'],
        ]);
        startResponse('500 Replaced', [['Content-Type', 'text/html']], ERROR);
        return [utf8('replaced')];
      },
      expect: {
        status: '500 Replaced',
        headers: { 'content-type': 'text/html', 'set-cookie': null, etag: null, 'x-old': null },
        body: 'replaced',
      },
    },
    {
      name: 'a-replacement-replaces-the-length',
      rule: 'R71',
      app: (_, startResponse) => {
        ok(startResponse, ['Content-Length', '5']);
        startResponse('500 Replaced', [...TEXT], ERROR);
        return [utf8('longer than '), utf8('five bytes')];
      },
      expect: { status: '500 Replaced', body: 'longer than five bytes' },
    },
    {
      name: 'a-replacement-may-bring-a-length',
      rule: 'R71',
      app: (_, startResponse) => {
        ok(startResponse);
        startResponse('500 Replaced', [...TEXT, ['Content-Length', '4']], ERROR);
        return [utf8('fo'), utf8('ur')];
      },
      expect: { status: '500 Replaced', headers: { 'content-length': '4' }, body: 'four' },
    },
    {
      name: 'a-replacement-replaces-a-status-without-body',
      rule: 'R71',
      app: (_, startResponse) => {
        startResponse('304 Not Modified', []);
        startResponse('500 Replaced', [...TEXT], ERROR);
        return [utf8('with a body')];
      },
      expect: { status: '500 Replaced', body: 'with a body' },
    },
    {
      name: 'a-replacement-replaces-date-and-server',
      rule: 'R62, R71',
      wires: ['any-http'],
      app: (_, startResponse) => {
        ok(startResponse, ['Date', 'Sun, 06 Nov 1994 08:49:37 GMT'], ['Server', 'old']);
        startResponse('500 Replaced', [...TEXT], ERROR);
        return [utf8('replaced')];
      },
      expect: {
        status: 500,
        headers: { date: /^(?!Sun, 06 Nov 1994)/ },
        body: 'replaced',
        check: ({ answer }) =>
          answer?.headers.some(([name, value]) => name.toLowerCase() === 'server' && value === 'old') === true
            ? 'the old Server header was sent'
            : undefined,
      },
    },
    {
      name: 'a-head-may-be-replaced-again-and-again',
      rule: 'R71',
      app: (_, startResponse) => {
        ok(startResponse);
        for (const status of ['501 One', '502 Two', '503 Three']) startResponse(status, [...TEXT], ERROR);
        return [utf8('third')];
      },
      expect: { status: '503 Three', body: 'third' },
    },
    {
      name: 'exc-info-may-come-with-the-first-head',
      rule: 'R71',
      app: (_, startResponse) => {
        startResponse('500 First', [...TEXT], ERROR);
        return [utf8('first')];
      },
      expect: { status: '500 First', body: 'first' },
    },
  ],
};
