import type { CaseGroup } from '../run/case.ts';
import { ok, utf8 } from '../run/case-apps.ts';

/** Requests that run at the same time do not know of each other (R1, R41). */
export const concurrency: CaseGroup = {
  hazard: 'Requests at the same time',
  cases: [
    {
      name: 'a-concurrent-server-serves-while-an-app-waits',
      rule: 'R41',
      wires: ['socket'],
      app: async (environ, startResponse, trace) => {
        trace.note('concurrent', environ['tsgi.concurrent']);
        if (environ.PATH_INFO === '/waits') {
          trace.event('waiting');
          if (environ['tsgi.concurrent']) await trace.gate();
        }
        ok(startResponse);
        return [utf8(environ.PATH_INFO)];
      },
      talk: async (stage) => {
        const slow = await stage.open({ target: '/waits' });
        slow.sendHead();
        slow.endBody();
        await stage.report(({ events }) => events.includes('waiting'));
        const fast = await stage.open({ target: '/passes' });
        fast.sendHead();
        fast.endBody();
        stage.note('fast', (await fast.finish()).body.toString('latin1'));
        await stage.openGate();
        return slow.finish();
      },
      expect: { status: 200, body: '/waits', client: { fast: '/passes' } },
    },
    {
      name: 'answers-go-to-their-own-requests',
      rule: 'R1',
      app: async (environ, startResponse) => {
        const { PATH_INFO } = environ;
        const body = Buffer.from(await environ['tsgi.input'].read()).toString('latin1');
        await new Promise((resolve) => setImmediate(resolve));
        ok(startResponse, ['X-Path', PATH_INFO]);
        return (async function* chunks() {
          yield utf8(`${PATH_INFO} `);
          await new Promise((resolve) => setImmediate(resolve));
          yield utf8(body);
        })();
      },
      talk: async (stage) => {
        const count = stage.wire === 'cgi' ? 3 : 20;
        const answers = await Promise.all(
          Array.from({ length: count }, async (_, index) => {
            const peer = await stage.open({ method: 'POST', target: `/${index}`, body: [`body ${index}`] });
            peer.sendHead();
            peer.sendBody(utf8(`body ${index}`));
            peer.endBody();
            return (await peer.finish()).body.toString('latin1') === `/${index} body ${index}`;
          }),
        );
        stage.note('right', answers.every(Boolean));
        return undefined;
      },
      expect: { unanswered: true, client: { right: true } },
    },
  ],
};
