import { once } from 'node:events';
import { expect, test } from 'vitest';
import { testEnviron } from '@tsgi/core/testing';
import { record, STDERR } from './records.ts';
import { end, OK, stdout, upstream } from './upstream.ts';

test('bytes of an answer that nobody reads keep nothing of what came around them', async () => {
  // A byte of the answer in each packet, and 65,000 of the log: kept as a part of it, each would keep the packet.
  const packet = Buffer.concat([stdout('x'), record(STDERR, 1, Buffer.alloc(65_000, 0x79))]);
  const packets = 8000;
  let sent = false;
  const { app } = await upstream({
    async onRequest(call) {
      call.send(stdout(OK));
      for (let index = 0; index < packets; index++) if (!call.socket.write(packet)) await once(call.socket, 'drain');
      call.send(end());
      sent = true;
    },
  });
  const before = process.memoryUsage().arrayBuffers;
  const body = await app(testEnviron(), () => async () => {});
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage().arrayBuffers - before);
  }, 20);
  await expect.poll(() => sent, { timeout: 19_000 }).toBe(true);
  clearInterval(watch);
  // 520 MB came.
  expect(most).toBeLessThan(200_000_000);
  let length = 0;
  for await (const chunk of body) length += chunk.byteLength;
  expect(length).toBe(packets);
});
