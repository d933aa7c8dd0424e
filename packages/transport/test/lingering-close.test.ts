import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { drained, type LingerLimits, lingeringClose, type LingerOptions, serveSockets } from '../src/index.ts';

const LIMITS: LingerLimits = { drainSize: Infinity, drainTimeout: 60_000, minimumRate: 240 };

/** A client of a server that answers its first byte and lingers, and what became of the server's end. */
async function talk(
  limits: Partial<LingerLimits>,
  options: LingerOptions = {},
): Promise<{ client: Socket; closed: Promise<unknown>; served: () => Socket | undefined }> {
  let served: Socket | undefined;
  let close = (_error: unknown): void => {};
  const closed = new Promise((resolve) => {
    close = resolve;
  });
  const server = await serveSockets({
    scheme: 'echo',
    address: { type: 'tcp', host: '127.0.0.1', port: 0 },
    accept: (socket) => {
      served = socket;
      socket.once('data', () => lingeringClose(socket, { ...LIMITS, ...limits }, options));
      socket.on('close', close);
      return { shutDown: () => socket.destroy(), destroy: () => socket.destroy() };
    },
  });
  const client = connect({ host: '127.0.0.1', port: server.port ?? 0, allowHalfOpen: true });
  client.on('error', () => {});
  onTestFinished(async () => {
    client.destroy();
    await server.close({ grace: 0 });
  });
  client.write('x');
  return { client, closed, served: () => served };
}

/** Writes so many bytes as a front end does that reads no answer before it has sent all of its request. */
async function send(client: Socket, bytes: number): Promise<boolean> {
  const block = Buffer.alloc(262_144);
  for (let sent = 0; sent < bytes && !client.destroyed; sent += block.length) {
    if (!client.write(block)) await drained(client);
  }
  return !client.destroyed;
}

test('a peer that writes 48 MiB before it reads gets the answer, and its end', async () => {
  const { client, closed } = await talk({}, { last: 'the answer' });
  client.pause();
  expect(await send(client, 48 * 1_048_576)).toBe(true);
  const text: string[] = [];
  client.on('data', (bytes) => text.push(String(bytes)));
  client.resume();
  await once(client, 'end');
  expect(text.join('')).toBe('the answer');
  client.end();
  await closed;
});

test('beyond drainSize the connection is closed', async () => {
  const { client, closed, served } = await talk({ drainSize: 1_048_576 }, { last: 'the answer' });
  client.pause();
  await send(client, 64 * 1_048_576);
  await closed;
  // No more than is read at a time beyond it.
  expect(served()?.bytesRead).toBeLessThan(2 * 1_048_576);
});

test('a peer that stands still is waited for until drainTimeout', async () => {
  const { closed } = await talk({ drainTimeout: 50 }, { last: 'the answer' });
  await closed;
});

test('a slow but steady sender is read on for longer than drainTimeout', async () => {
  const { client, served } = await talk({ drainTimeout: 1000, minimumRate: 1 }, { last: 'the answer' });
  for (let sent = 0; sent < 25; sent++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    client.write('y');
  }
  expect(served()?.destroyed).toBe(false);
});

test('a sender that is slower than the minimum rate is late altogether', async () => {
  const { client, closed } = await talk({ drainTimeout: 100, minimumRate: 1_000_000 }, { last: 'the answer' });
  const bit = setInterval(() => client.write('y'), 10);
  await closed;
  clearInterval(bit);
});

test('a peer that has nothing to send is not waited for', async () => {
  const { closed } = await talk({ drainTimeout: 3_600_000 }, { last: 'the answer', sending: false });
  await closed;
});

test('when the peer has ended too, nothing is waited for', async () => {
  const { client, closed } = await talk({ drainTimeout: 3_600_000 }, { last: 'the answer' });
  client.end();
  await closed;
});
