import { callApp } from '@tsgi/core/testing';
import { expect, it } from 'vitest';
import { gatewayTo, WIRES } from './behind.ts';

it.each(WIRES)('%s: an answer that came while the process was busy is not late', async (wire) => {
  const app = await gatewayTo(wire, 'Content-Type: text/plain\r\n\r\nin time', {
    responseTimeout: 400,
    idleTimeout: 400,
  });
  // The first one loads what the wire needs.
  await callApp(app);
  const asking = callApp(app);
  // The request goes out, the loop is busy while the answer comes, and has passed the deadline when it is free again.
  await new Promise((resolve) => setTimeout(resolve, 5));
  const end = performance.now() + 1000;
  while (performance.now() < end);
  expect(await asking).toMatchObject({ status: '200 OK', text: 'in time', complete: true });
});
