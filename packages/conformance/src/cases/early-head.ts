import type { Environ, StartResponse } from '@tsgi/core';
import type { CaseApp, CaseGroup, ConformanceCase } from '../run/case.ts';
import { noting, ok, TEXT, utf8 } from '../run/case-apps.ts';
import type { Trace } from '../app/trace.ts';
import type { CaseRequest } from '../wires/request.ts';

const ERROR = new Error('on purpose');

/** `tsgi.send_head`; where a server has none, that is noted and nothing sent. */
function sendHead(environ: Environ, startResponse: StartResponse, trace: Trace): void {
  const send = environ['tsgi.send_head'];
  if (send === undefined) trace.note('absent', 'tsgi.send_head');
  else send(startResponse);
}

/** The head is seen while the application waits for the kit, before there is any byte of a body. */
function early(
  name: string,
  app: CaseApp,
  answer: { readonly body: string; readonly complete?: boolean },
  request: CaseRequest = {},
): ConformanceCase {
  return {
    name,
    rule: 'R103',
    optional: true,
    app,
    request,
    talk: async (stage) => {
      const peer = await stage.open();
      peer.sendHead();
      peer.endBody();
      // A server that lacks it says so with its answer's trace: then there is nothing to wait for.
      const report = await stage.report(({ events }) => events.includes('head'));
      if (!('absent' in report.notes)) {
        const seen = await peer.until(({ code }) => code !== 0);
        stage.note('early', seen.code);
        stage.note('bytes', seen.body.byteLength);
      }
      await stage.openGate();
      return peer.finish();
    },
    expect: {
      status: 200,
      body: answer.body,
      ...(answer.complete === undefined ? {} : { complete: answer.complete }),
      client: { early: 200, bytes: 0 },
    },
  };
}

/** After the head there is nothing to replace. */
function rethrown(name: string, again: (startResponse: StartResponse) => void): ConformanceCase {
  return {
    name,
    rule: 'R72, R103',
    optional: true,
    app: (environ, startResponse, trace) => {
      ok(startResponse, ['X-First', 'yes']);
      sendHead(environ, startResponse, trace);
      try {
        again(startResponse);
        trace.note('thrown', 'nothing');
      } catch (error) {
        trace.note('thrown', error === ERROR ? 'excInfo' : 'something else');
      }
      return [utf8('the first')];
    },
    expect: {
      status: 200,
      headers: { 'x-first': 'yes' },
      body: /^(?:the first)?$/,
      complete: 'any',
      notes: { thrown: 'excInfo' },
    },
    breaks: 'R73',
  };
}

function bodied(
  name: string,
  request: CaseRequest,
  hasBody: boolean,
  wires?: ConformanceCase['wires'],
): ConformanceCase {
  return {
    name,
    rule: 'R104',
    ...(wires === undefined ? {} : { wires }),
    app: noting(async (environ, trace) => {
      trace.note('before', environ['tsgi.has_body']);
      await environ['tsgi.input'].read();
      trace.note('after', environ['tsgi.has_body']);
    }),
    request,
    expect: { status: 200, notes: { before: hasBody, after: hasBody } },
  };
}

/** The head before the first byte, when the application asks for that (R103); and whether a body comes (R104). */
export const earlyHead: CaseGroup = {
  hazard: 'A head that is sent early, and whether a body comes',
  cases: [
    early(
      'the-head-is-sent-when-it-is-asked-for',
      (environ, startResponse, trace) => {
        ok(startResponse);
        sendHead(environ, startResponse, trace);
        trace.event('head');
        return (async function* body() {
          await trace.gate();
          yield utf8('one ');
          yield utf8('two');
        })();
      },
      { body: 'one two' },
    ),
    early(
      'the-head-is-sent-while-the-application-runs',
      async (environ, startResponse, trace) => {
        ok(startResponse);
        sendHead(environ, startResponse, trace);
        trace.event('head');
        await trace.gate();
        return [utf8('at last')];
      },
      { body: 'at last' },
    ),
    early(
      'the-head-is-sent-within-an-iteration',
      (environ, startResponse, trace) =>
        (async function* body() {
          ok(startResponse);
          sendHead(environ, startResponse, trace);
          trace.event('head');
          await trace.gate();
          yield utf8('late');
        })(),
      { body: 'late' },
    ),
    early(
      'an-early-head-may-announce-a-length',
      (environ, startResponse, trace) => {
        ok(startResponse, ['Content-Length', '4']);
        sendHead(environ, startResponse, trace);
        trace.event('head');
        return (async function* body() {
          await trace.gate();
          yield utf8('four');
        })();
      },
      { body: 'four' },
    ),
    early(
      'an-early-head-may-have-an-empty-body',
      async (environ, startResponse, trace) => {
        ok(startResponse);
        sendHead(environ, startResponse, trace);
        trace.event('head');
        await trace.gate();
        return [];
      },
      { body: '' },
    ),
    early(
      'a-head-is-sent-once',
      async (environ, startResponse, trace) => {
        ok(startResponse);
        sendHead(environ, startResponse, trace);
        sendHead(environ, startResponse, trace);
        trace.event('head');
        await trace.gate();
        sendHead(environ, startResponse, trace);
        return [utf8('once')];
      },
      { body: 'once' },
    ),
    {
      ...early(
        'a-failure-after-an-early-head-never-looks-complete',
        (environ, startResponse, trace) => {
          ok(startResponse, ['Content-Length', '4']);
          sendHead(environ, startResponse, trace);
          trace.event('head');
          return (async function* body(): AsyncGenerator<Uint8Array> {
            await trace.gate();
            yield* [];
            throw ERROR;
          })();
        },
        { body: '', complete: false },
      ),
      rule: 'R77, R103',
    },
    rethrown('exc-info-after-an-early-head-is-thrown', (startResponse) => {
      startResponse('500 Replaced', [...TEXT], ERROR);
    }),
    {
      name: 'there-is-no-head-to-send-before-start-response',
      rule: 'R103',
      optional: true,
      app: (environ, startResponse, trace) => {
        const send = environ['tsgi.send_head'];
        if (send === undefined) trace.note('absent', 'tsgi.send_head');
        try {
          send?.(startResponse);
          trace.note('value', 'did not throw');
        } catch {
          trace.note('value', 'threw');
        }
        ok(startResponse);
        return [utf8('all the same')];
      },
      expect: { status: 200, body: 'all the same', notes: { value: 'threw' } },
      breaks: 'R103',
    },
    {
      name: 'an-early-head-goes-past-no-middleware',
      rule: 'R91, R103',
      optional: true,
      app: (environ, startResponse, trace) => {
        const send = environ['tsgi.send_head'];
        if (send === undefined) trace.note('absent', 'tsgi.send_head');
        const middlewares: StartResponse = (status, headers, excInfo) =>
          startResponse(status, [...headers, ['X-Middleware', 'yes']], excInfo);
        ok(middlewares);
        try {
          send?.(middlewares);
          trace.note('value', 'did not throw');
        } catch {
          trace.note('value', 'threw');
        }
        return [utf8('with it')];
      },
      expect: { status: 200, headers: { 'x-middleware': 'yes' }, body: 'with it', notes: { value: 'threw' } },
    },
    {
      name: 'an-early-head-of-head-is-the-whole-answer',
      rule: 'R84, R103',
      optional: true,
      request: { method: 'HEAD' },
      app: (environ, startResponse, trace) => {
        ok(startResponse, ['Content-Length', '7']);
        sendHead(environ, startResponse, trace);
        return [];
      },
      expect: { status: 200, headers: { 'content-length': '7' }, body: '' },
    },
    {
      name: 'an-early-head-without-content-is-the-whole-answer',
      rule: 'R85, R103',
      optional: true,
      app: (environ, startResponse, trace) => {
        startResponse('204 No Content', []);
        sendHead(environ, startResponse, trace);
        return [];
      },
      expect: { status: 204, body: '' },
    },
    bodied('a-get-has-no-body', {}, false),
    bodied('a-body-of-known-length-is-one', { method: 'POST', body: ['body'] }, true),
    bodied('a-body-of-no-bytes-is-none', { method: 'POST', body: [''] }, false),
    bodied('a-body-of-unknown-length-is-one', { method: 'POST', body: ['one ', 'two'], length: null }, true, [
      'unknown-length',
    ]),
  ],
};
