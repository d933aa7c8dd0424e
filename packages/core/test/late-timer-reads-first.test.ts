import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { Deadline } from '@tsgi/core/clock';

/** Nothing else runs, as in a long computation. */
function block(milliseconds: number): void {
  const until = performance.now() + milliseconds;
  while (performance.now() < until);
}

async function pair(): Promise<{ client: Socket; accepted: Socket; close: () => void }> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const client = connect(address.port, '127.0.0.1');
  const [accepted] = (await once(server, 'connection')) as [Socket];
  return {
    client,
    accepted,
    close: () => {
      client.destroy();
      accepted.destroy();
      server.close();
    },
  };
}

test('bytes that are in the kernel when a late timer runs are read before the deadline is believed', async () => {
  const { client, accepted, close } = await pair();
  let passed = 0;
  const deadline = new Deadline(() => passed++);
  const arrived = new Promise<void>((resolve) => {
    accepted.once('data', () => {
      deadline.in(60_000);
      resolve();
    });
  });
  deadline.in(30);
  client.write('in time');
  block(120);
  await arrived;
  // The time for everything that was due in this round of the loop to be done.
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(passed).toBe(0);
  expect(deadline.pending).toBe(true);
  deadline.clear();
  close();
});

test('without bytes the late deadline passes', async () => {
  const { close } = await pair();
  let passed = 0;
  await new Promise<void>((resolve) => {
    const deadline = new Deadline(() => {
      passed++;
      resolve();
    });
    deadline.in(30);
    block(120);
  });
  expect(passed).toBe(1);
  close();
});

test('many sockets: all that was sent in time is read first, whichever deadline is looked at first', async () => {
  const pairs = await Promise.all(Array.from({ length: 40 }, pair));
  let passed = 0;
  let arrived = 0;
  const deadlines = pairs.map(({ accepted }, index) => {
    const deadline = new Deadline(() => passed++);
    accepted.once('data', () => {
      arrived++;
      deadline.lift();
    });
    deadline.in(10 + index);
    return deadline;
  });
  for (const { client } of pairs.slice(0, 30)) client.write('x');
  block(150);
  await expect.poll(() => passed + arrived).toBe(40);
  expect({ passed, arrived }).toEqual({ passed: 10, arrived: 30 });
  for (const deadline of deadlines) deadline.clear();
  for (const { close } of pairs) close();
});
