import { connect, createServer, type Socket } from 'node:net';
import { Deadline } from '@tsgi/core/clock';
import { expect, onTestFinished, test } from 'vitest';
import { SendTimeout } from '../src/index.ts';

/** A connection over loopback: the client's end, which is not read, and the server's. */
async function pair(): Promise<{ client: Socket; served: Socket }> {
  let accept = (_socket: Socket): void => {};
  const accepted = new Promise<Socket>((resolve) => {
    accept = resolve;
  });
  const server = createServer((socket) => accept(socket));
  server.listen({ host: '127.0.0.1', port: 0 });
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const client = connect({ port, host: '127.0.0.1' });
  client.on('error', () => {});
  client.pause();
  const served = await accepted;
  served.on('error', () => {});
  onTestFinished(() => {
    client.destroy();
    served.destroy();
    server.close();
  });
  return { client, served };
}

const TIME = 800;
/** More than a system's buffers hold. */
const MUCH = Buffer.alloc(48 * 1_048_576);

test('a peer that takes nothing is found after its time: not before it, and not after one and a half times', async () => {
  const { served } = await pair();
  served.write(MUCH);
  const began = performance.now();
  const seen: string[] = [];
  await new Promise<void>((resolve) => {
    const late = new Deadline(() => {
      seen.push('one and a half times');
      resolve();
    });
    late.in(1.5 * TIME);
    const still = new SendTimeout(served, TIME, () => {
      seen.push('still');
      late.clear();
      resolve();
    });
    still.watch();
  });
  expect(seen).toEqual(['still']);
  expect(performance.now() - began).toBeGreaterThanOrEqual(TIME);
});

test('neither what it sends nor what is written besides puts it off', async () => {
  const { client, served } = await pair();
  served.write(MUCH);
  served.resume();
  const both = setInterval(() => {
    client.write('x');
    served.write('y');
  }, 50);
  await new Promise<void>((resolve) => new SendTimeout(served, TIME, resolve).watch());
  clearInterval(both);
});

test('a peer that takes a little now and then is not found, though one write goes on for several times', async () => {
  const { client, served } = await pair();
  served.write(MUCH);
  let isStill = false;
  const still = new SendTimeout(served, TIME, () => {
    isStill = true;
  });
  still.watch();
  // In bits that make the system ask for more.
  let wanted = 0;
  client.on('data', (bytes) => {
    wanted -= bytes.length;
    if (wanted <= 0) client.pause();
  });
  for (let bit = 0; bit < 32; bit++) {
    wanted = 1_000_000;
    client.resume();
    await new Promise((resolve) => setTimeout(resolve, TIME / 8));
  }
  expect(isStill).toBe(false);
  still.stop();
});

test('a peer that has taken everything is let alone, and watched again when it falls behind again', async () => {
  const { client, served } = await pair();
  let found = 0;
  let notice = (): void => {};
  const still = new SendTimeout(served, TIME, () => {
    found += 1;
    notice();
  });
  served.write(MUCH);
  still.watch();
  client.on('data', () => {});
  client.resume();
  await new Promise<void>((resolve) => served.once('drain', () => resolve()));
  await new Promise((resolve) => setTimeout(resolve, 2 * TIME));
  expect(found).toBe(0);
  client.pause();
  const isFound = new Promise<void>((resolve) => {
    notice = resolve;
  });
  served.write(MUCH);
  still.watch();
  await isFound;
  expect(found).toBe(1);
});

test('Infinity is for ever', async () => {
  const { served } = await pair();
  served.write(MUCH);
  let isStill = false;
  new SendTimeout(served, Infinity, () => {
    isStill = true;
  }).watch();
  await new Promise((resolve) => setTimeout(resolve, TIME));
  expect(isStill).toBe(false);
});
