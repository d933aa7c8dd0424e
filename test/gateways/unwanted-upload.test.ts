import { createServer } from 'node:net';
import { join } from 'node:path';
import type { App, Bytes, Input } from '@tsgi/core';
import { RequestBody } from '@tsgi/core/server';
import { callApp } from '@tsgi/core/testing';
import { gateway as cgi } from '@tsgi/cgi-backend';
import { gateway as fcgi } from '@tsgi/fcgi-backend';
import { gateway as scgi } from '@tsgi/scgi-backend';
import { expect, it, onTestFinished } from 'vitest';
import { folder, program, WIRES } from './behind.ts';

const RESPONSE = 'Status: 413 Too Much\r\nContent-Type: text/plain\r\n\r\nno';

/** A gateway to what answers at once and is gone, whatever the request still has to say. */
async function leaving(wire: (typeof WIRES)[number]): Promise<App> {
  const path = folder();
  if (wire === 'cgi')
    return cgi({ program: program(join(path, 'p'), `printf '${RESPONSE.replaceAll('\r\n', '\\r\\n')}'\n`) });
  const text = Buffer.from(RESPONSE);
  const record = (type: number, content: Buffer): Buffer =>
    Buffer.concat([Buffer.of(1, type, 0, 1, 0, content.length, 0, 0), content]);
  const bytes =
    wire === 'scgi' ? text : Buffer.concat([record(6, text), record(6, Buffer.of()), record(3, Buffer.alloc(8))]);
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end(bytes, () => socket.destroy()));
  });
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(join(path, 's'), resolve));
  return (wire === 'fcgi' ? fcgi : scgi)({ address: `unix:${join(path, 's')}` });
}

it.each(WIRES)('%s: a body is no longer pulled once nobody reads it', async (wire) => {
  let pulled = 0;
  let returned = false;
  const chunk = new Uint8Array(16_384);
  const input: Input = {
    ...new RequestBody().input,
    [Symbol.asyncIterator](): AsyncIterator<Bytes> {
      return {
        async next() {
          pulled++;
          await new Promise((resolve) => setTimeout(resolve, 1));
          return { done: false, value: chunk };
        },
        async return() {
          returned = true;
          return { done: true, value: undefined };
        },
      };
    },
  };
  const environ = { 'tsgi.input': input, CONTENT_LENGTH: String(2 ** 40) };
  const answer = await callApp(await leaving(wire), { method: 'POST', environ });
  expect(answer).toMatchObject({ status: '413 Too Much', text: 'no' });
  await expect.poll(() => returned, { timeout: 15_000 }).toBe(true);
  const before = pulled;
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(pulled).toBe(before);
});
