import { createServer, connect, type NetConnectOpts, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { onTestFinished, expect, test } from 'vitest';
import { unwatchPaused, watchPaused } from '../src/index.ts';
import { folder } from './sockets.ts';

/** A server whose sockets read so many bytes and pause then; gives both ends of one connection. */
async function pausedPair(listen: { port: number } | { path: string }, readOn: boolean): Promise<[Socket, Socket]> {
  let take = (_socket: Socket): void => {};
  const served = new Promise<Socket>((resolve) => {
    take = resolve;
  });
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    let most = 65_536;
    let read = 0;
    socket.on('data', (bytes) => {
      read += bytes.length;
      if (read >= most) socket.pause();
    });
    const reader = {
      socket,
      ...(readOn && {
        readOn(more: number): void {
          most = 65_536 + more;
          socket.resume();
        },
      }),
    };
    socket.once('pause', () => watchPaused(reader));
    socket.once('close', () => unwatchPaused(reader));
    take(socket);
  });
  server.listen(listen);
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  const target: NetConnectOpts =
    typeof address === 'string' ? { path: address } : { port: address?.port ?? 0, host: '127.0.0.1' };
  const client = connect(target);
  client.on('error', () => {});
  onTestFinished(() => {
    client.destroy();
    server.close();
  });
  return [client, await served];
}

const closed = (socket: Socket): Promise<void> =>
  socket.destroyed ? Promise.resolve() : new Promise((resolve) => socket.once('close', () => resolve()));

const ended = (socket: Socket): Promise<void> => new Promise((resolve) => socket.once('end', () => resolve()));

const paused = (socket: Socket): Promise<void> => new Promise((resolve) => socket.once('pause', () => resolve()));

test('a reset by the peer closes a paused socket', async () => {
  const [client, served] = await pausedPair({ port: 0 }, false);
  const isPaused = paused(served);
  client.write(Buffer.alloc(300_000));
  await isPaused;
  client.resetAndDestroy();
  await closed(served);
});

test('a peer on a UNIX socket that closes, with bytes of its own still unread, does', async () => {
  const [client, served] = await pausedPair({ path: join(folder(), 's') }, false);
  const isPaused = paused(served);
  client.write(Buffer.alloc(100_000));
  await isPaused;
  client.destroy();
  await closed(served);
});

test('a peer that has ended its side alone does not, and hears the answer', async () => {
  const [client, served] = await pausedPair({ path: join(folder(), 's') }, false);
  const isPaused = paused(served);
  client.end(Buffer.alloc(100_000));
  await isPaused;
  await new Promise((resolve) => setTimeout(resolve, 3_500));
  expect(served.destroyed).toBe(false);
  const heard = new Promise((resolve) => client.once('data', resolve));
  served.end('answer');
  expect(String(await heard)).toBe('answer');
});

test('the end of a TCP peer is found behind what it had sent, bounded', async () => {
  const [client, served] = await pausedPair({ port: 0 }, true);
  const isPaused = paused(served);
  const isEnded = ended(served);
  client.write(Buffer.alloc(900_000));
  await isPaused;
  client.destroy();
  await isEnded;
});

test('no more than a bounded bit is read on, of one socket and of all', async () => {
  const sockets = await Promise.all(Array.from({ length: 20 }, () => pausedPair({ port: 0 }, true)));
  const arePaused = sockets.map(([, served]) => paused(served));
  for (const [client] of sockets) client.write(Buffer.alloc(4_000_000));
  await Promise.all(arePaused);
  await new Promise((resolve) => setTimeout(resolve, 9_000));
  const read = sockets.map(([, served]) => served.bytesRead);
  const overshoot = 2 * 65_536 + 65_536;
  expect(Math.max(...read)).toBeGreaterThan(1_000_000);
  expect(Math.max(...read)).toBeLessThanOrEqual(1_048_576 + overshoot);
  expect(read.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThanOrEqual(16_777_216 + 20 * overshoot);
});
