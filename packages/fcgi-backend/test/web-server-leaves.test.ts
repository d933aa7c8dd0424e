import { expect, test } from 'vitest';
import { type App, TsgiAbortError } from '@tsgi/core';
import { deferred, start } from './peer.ts';
import { ABORT, begin, pairs, PARAMS, record, STDIN } from './records.ts';

/** An application that reads nothing, and waits for the web server to leave. */
function waiting(): { app: App; called: Promise<void>; reasons: unknown[] } {
  const reasons: unknown[] = [];
  const called = deferred();
  return {
    called: called.promise,
    reasons,
    app: (environ) => {
      const signal = environ['tsgi.signal'];
      called.resolve();
      return new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          reasons.push(signal.reason);
          resolve([]);
        });
      });
    },
  };
}

const wires = [
  ['TCP', { port: 0 }],
  ['a UNIX socket', {}],
] as const;

test.each(
  wires.flatMap(([wire, where]) =>
    (['close', 'reset', 'ABORT_REQUEST'] as const).map((how) => [wire, how, where] as const),
  ),
)('over %s, beside a body that nobody reads, its %s is seen', async (_wire, how, where) => {
  const { app, called, reasons } = waiting();
  const { connect } = await start(app, where);
  const peer = await connect();
  peer.send(begin(1, 1, 1), record(PARAMS, 1, pairs({ REQUEST_METHOD: 'POST' })), record(PARAMS, 1));
  // Less than what is read on to find the end, and more than the body keeps.
  for (let piece = 0; piece < 10; piece++) peer.send(record(STDIN, 1, Buffer.alloc(60_000)));
  await called;
  await new Promise((resolve) => setTimeout(resolve, 200));
  if (how === 'ABORT_REQUEST') peer.send(record(ABORT, 1));
  else if (how === 'reset' && peer.socket.remoteFamily !== undefined) peer.socket.resetAndDestroy();
  else peer.socket.destroy();
  await expect.poll(() => reasons, { timeout: 20_000 }).toEqual([expect.any(TsgiAbortError)]);
  if (how !== 'ABORT_REQUEST') return;
  await peer.end();
  expect(peer.events().filter((event) => event[0] === 'end')).toEqual([['end', 1, 0, 0]]);
});
