import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { parseResponses } from './support/responses.ts';
import { hello, serving } from './support/serving.ts';

test('Date is that of the second in which the answer begins, also when the loop stood still before', async () => {
  await using server = await serving(hello);
  const dates: number[] = [];
  for (let round = 0; round < 6; round++) {
    // A timer of Node comes some milliseconds late.
    const before = Math.floor((Date.now() - 100) / 1000);
    const client = await server.connect();
    client.send('GET / HTTP/1.0\r\n\r\n');
    const [response] = parseResponses(await client.rest());
    const date = Date.parse(response?.headers.get('date') ?? '') / 1000;
    expect(date).toBeGreaterThanOrEqual(before);
    expect(date).toBeLessThanOrEqual(Math.floor(Date.now() / 1000));
    dates.push(date);
    // Half of the times the loop runs meanwhile.
    if (round % 2 === 0) await delay(700);
    else for (const until = performance.now() + 700; performance.now() < until;);
  }
  expect(new Set(dates).size).toBeGreaterThan(2);
});
