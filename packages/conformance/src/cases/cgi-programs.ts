import type { CaseGroup } from '../run/case.ts';
import { answering, noting, ok, returning, utf8 } from '../run/case-apps.ts';

/** What a process is to its web server: an environment, three pipes and an exit status (R93, R94). */
export const cgiPrograms: CaseGroup = {
  hazard: 'CGI: programs',
  cases: [
    {
      name: 'cgi-ends-with-status-0',
      rule: 'R93',
      wires: ['cgi'],
      app: answering('fine'),
      talk: async (stage) => {
        const peer = await stage.open();
        peer.endBody();
        const answer = await peer.finish();
        stage.note('ending', peer.channel.ending);
        return answer;
      },
      expect: { status: 200, body: 'fine', client: { ending: 'orderly' } },
    },
    {
      name: 'cgi-ends-with-another-status-when-cut-off',
      rule: 'R77, R93',
      wires: ['cgi'],
      app: returning(function* body() {
        yield utf8('half');
        throw new Error('on purpose');
      }),
      talk: async (stage) => {
        const peer = await stage.open();
        peer.endBody();
        await peer.finish();
        stage.note('ending', peer.channel.ending);
        return undefined;
      },
      expect: { unanswered: true, client: { ending: 'failed' } },
      breaks: 'R77',
    },
    {
      name: 'cgi-without-a-length-has-no-body',
      rule: 'R51',
      wires: ['cgi'],
      app: noting(async (environ, trace) => trace.note('body', (await environ['tsgi.input'].read()).byteLength)),
      talk: async (stage) => {
        // Standard input stays open: without a length nothing may be waited for.
        const peer = await stage.open();
        return peer.finish();
      },
      expect: { status: 200, notes: { body: 0 } },
    },
    {
      name: 'cgi-reads-a-decoded-body-to-its-end',
      rule: 'R51',
      wires: ['cgi'],
      app: noting(async (environ, trace) => {
        trace.note('body', Buffer.from(await environ['tsgi.input'].read()).toString('latin1'));
        trace.note('coding', 'HTTP_TRANSFER_ENCODING' in environ);
      }),
      request: {
        method: 'POST',
        body: ['decoded ', 'chunks'],
        length: null,
        variables: { HTTP_TRANSFER_ENCODING: 'chunked' },
      },
      expect: { status: 200, notes: { body: 'decoded chunks', coding: false } },
    },
    {
      name: 'cgi-keeps-errors-out-of-the-answer',
      rule: 'R55',
      wires: ['cgi'],
      app: (environ, startResponse) => {
        environ['tsgi.errors'].write('conformance: to standard error\n');
        ok(startResponse);
        return [utf8('to standard output')];
      },
      expect: {
        status: 200,
        body: 'to standard output',
        check: ({ answer }) =>
          answer?.log.includes('to standard error') === true ? undefined : 'nothing came on standard error',
      },
    },
    {
      name: 'cgi-reports-a-failure-on-standard-error',
      rule: 'R77',
      wires: ['cgi'],
      app: () => {
        throw new Error('said on standard error');
      },
      expect: {
        status: 500,
        body: /^(?![^]*said on standard error)/,
        check: ({ answer }) =>
          answer?.log.includes('said on standard error') === true ? undefined : 'the error is not on standard error',
      },
      breaks: 'R77',
    },
    {
      name: 'cgi-finishes-its-hooks-before-it-ends',
      rule: 'R92',
      wires: ['cgi'],
      app: (environ, startResponse, trace) => {
        environ['tsgi.after_response'].push(async () => {
          await new Promise((resolve) => setTimeout(resolve, 30));
          trace.event('after');
        });
        ok(startResponse);
        return [utf8('hooked')];
      },
      expect: { status: 200, body: 'hooked', events: ['after'] },
    },
    {
      name: 'cgi-takes-in-a-body-that-nobody-read',
      rule: 'R53',
      wires: ['cgi'],
      app: answering('not read'),
      request: { method: 'POST', body: [Buffer.alloc(300_000, 'u')] },
      talk: async (stage) => {
        const peer = await stage.open();
        peer.sendBody(Buffer.alloc(300_000, 'u'));
        peer.endBody();
        const answer = await peer.finish();
        stage.note('taken', peer.channel.accepted);
        return answer;
      },
      expect: { status: 200, body: 'not read', client: { taken: 300_000 } },
    },
    {
      name: 'cgi-hands-on-variables-of-its-server',
      rule: 'R42, R93',
      wires: ['cgi'],
      app: noting((environ, trace) => {
        trace.note(
          'found',
          [environ.DOCUMENT_ROOT ?? null, environ.SCRIPT_FILENAME ?? null, environ.REDIRECT_STATUS ?? null].map(String),
        );
      }),
      request: { variables: { DOCUMENT_ROOT: '/srv/www', SCRIPT_FILENAME: '/srv/www/app', REDIRECT_STATUS: '200' } },
      expect: { status: 200, notes: { found: ['/srv/www', '/srv/www/app', '200'] } },
    },
    {
      name: 'cgi-does-not-answer-when-its-server-left',
      rule: 'R79, R98',
      wires: ['cgi'],
      app: (environ, startResponse, trace) => {
        environ['tsgi.after_response'].push(() => trace.event('after'));
        ok(startResponse);
        const body = (async function* chunks() {
          for (;;) {
            yield Buffer.alloc(65_536);
            await new Promise((resolve) => setTimeout(resolve, 1));
          }
        })();
        return Object.assign(body, { close: () => trace.event('close') });
      },
      talk: async (stage) => {
        const peer = await stage.open();
        peer.endBody();
        await peer.until(({ body }) => body.byteLength > 0);
        peer.channel.leave();
        await stage.report(({ events }) => events.includes('after'));
        return undefined;
      },
      expect: { unanswered: true, events: ['close', 'after'] },
    },
  ],
};
