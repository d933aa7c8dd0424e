import type { App } from '@tsgi/core';
import { expect, test } from 'vitest';
import { start } from './peer.ts';
import { request } from './records.ts';

const CHUNK = new Uint8Array(65_536);

test.each([
  ['TCP', { port: 0 }],
  ['a UNIX socket', {}],
])('over %s, a web server that reads nothing of its answer is let go of after sendTimeout', async (_name, where) => {
  const torn: string[] = [];
  const app: App = (environ, startResponse) => {
    environ['tsgi.signal'].addEventListener('abort', () => torn.push('signal'));
    environ['tsgi.after_response'].push(() => void torn.push('after'));
    startResponse('200 OK', []);
    return (function* endless() {
      for (;;) yield CHUNK;
    })();
  };
  const { connect } = await start(app, { ...where, sendTimeout: 200 });
  const peer = await connect();
  peer.socket.pause();
  peer.send(request());
  await expect.poll(() => torn).toEqual(['signal', 'after']);
});

test('one that sends meanwhile puts it off with nothing: management records, another request', async () => {
  const torn: string[] = [];
  const app: App = (environ, startResponse) => {
    environ['tsgi.after_response'].push(() => void torn.push('after'));
    startResponse('200 OK', []);
    return (function* endless() {
      for (;;) yield CHUNK;
    })();
  };
  const { connect } = await start(app, { port: 0, sendTimeout: 300 });
  const peer = await connect();
  peer.socket.pause();
  peer.send(request());
  let id = 1;
  const more = setInterval(() => peer.send(request({ id: ++id })), 50);
  await expect.poll(() => torn.length).toBeGreaterThan(0);
  clearInterval(more);
});
