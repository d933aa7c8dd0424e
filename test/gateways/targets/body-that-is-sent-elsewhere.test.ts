import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import type { App, Bytes, Input } from '@tsgi/core';
import { RequestBody } from '@tsgi/core/server';
import { callApp, type TestResponse } from '@tsgi/core/testing';
import { gateway as fcgi, serve as serveFcgi } from '@tsgi/fcgi-backend';
import { gateway as scgi, serve as serveScgi } from '@tsgi/scgi-backend';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { folder } from '../behind.ts';

const { TMPDIR } = process.env;
let temporary = '';
beforeEach(() => {
  temporary = folder();
  process.env.TMPDIR = temporary;
});
afterEach(() => {
  if (TMPDIR === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = TMPDIR;
});

/** Files that this process has open in the folder for temporary files. */
function openFiles(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`);
      return target.startsWith(temporary) ? [target] : [];
    } catch {
      return [];
    }
  });
}

const counts: App = async (environ, startResponse) => {
  let length = 0;
  let sum = 0;
  for await (const chunk of environ['tsgi.input']) {
    length += chunk.byteLength;
    for (const byte of chunk) sum += byte;
  }
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [Buffer.from(`${length} ${sum} of ${String(environ.CONTENT_LENGTH)}`)];
};

const REFUSED_UNREAD = Buffer.of(1, 3, 0, 1, 0, 8, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0);

/** What takes a connection and does this with it once something has come. */
async function raw(then: 'reset' | 'overloaded' | 'late overloaded' | 'silent'): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    let received = 0;
    socket.on('data', (chunk) => {
      received += chunk.length;
      if (then === 'late overloaded' && received > 180_000) socket.end(REFUSED_UNREAD);
      if (then === 'reset') socket.resetAndDestroy();
      if (then === 'overloaded') socket.end(REFUSED_UNREAD);
    });
  });
  onTestFinished(() => void server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  return `127.0.0.1:${typeof address === 'object' ? String(address?.port) : ''}`;
}

async function nobody(): Promise<string> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  server.close();
  return `127.0.0.1:${typeof address === 'object' ? String(address?.port) : ''}`;
}

async function behind(wire: 'fcgi' | 'scgi'): Promise<string> {
  const server = await (wire === 'fcgi' ? serveFcgi : serveScgi)(counts, { port: 0, errors: () => {} });
  onTestFinished(() => void server.close({ grace: 1 }));
  return `127.0.0.1:${String(server.port)}`;
}

function send(app: App, method: string, chunks: number, signal?: AbortSignal): Promise<TestResponse> {
  const input: Input = {
    ...new RequestBody().input,
    async *[Symbol.asyncIterator](): AsyncGenerator<Bytes> {
      for (let index = 0; index < chunks; index++) yield new Uint8Array(50_000).fill(1);
    },
  };
  return callApp(app, {
    method,
    environ: { 'tsgi.input': input, CONTENT_LENGTH: undefined, 'tsgi.has_body': true },
    ...(signal === undefined ? {} : { signal }),
  });
}

describe('a body of known length', () => {
  const post = (app: App, method: string, ...pieces: number[]): Promise<TestResponse> =>
    callApp(app, { method, body: pieces.map((length) => new Uint8Array(length).fill(1)) });

  it.each(['fcgi', 'scgi'] as const)(
    '%s: PUT is read again when a target was lost that had its beginning',
    async (wire) => {
      const app = (wire === 'fcgi' ? fcgi : scgi)({ address: [await raw('reset'), await behind(wire)] });
      expect((await post(app, 'PUT', 10, 20_000, 1)).text).toBe('20011 20011 of 20011');
      const other = (wire === 'fcgi' ? fcgi : scgi)({ address: [await raw('reset'), await behind(wire)] });
      expect((await post(other, 'POST', 10, 20_000, 1)).status).toBe('502 Bad Gateway');
    },
  );

  it('POST is sent elsewhere when it was sent back unread', async () => {
    const app = fcgi({ address: [await raw('overloaded'), await behind('fcgi')] });
    expect((await post(app, 'POST', 10, 20_000, 1)).text).toBe('20011 20011 of 20011');
  });

  it('one that comes when its first target has gone arrives whole at the second', async () => {
    const body = new RequestBody();
    const app = fcgi({ address: [await raw('overloaded'), await behind('fcgi')] });
    const answer = callApp(app, {
      method: 'POST',
      environ: { 'tsgi.input': body.input, CONTENT_LENGTH: '200000', 'tsgi.has_body': true },
    });
    await expect.poll(() => app.targets[1]?.active, { timeout: 15_000 }).toBe(1);
    for (let index = 0; index < 20; index++) {
      body.push(new Uint8Array(10_000).fill(1));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    body.end();
    expect((await answer).text).toBe('200000 200000 of 200000');
  });

  it('more than 64 KiB of it are not kept', async () => {
    const app = fcgi({ address: [await raw('late overloaded'), await behind('fcgi')] });
    expect((await post(app, 'POST', 60_000, 60_000, 60_000)).status).toBe('503 Service Unavailable');
  });
});

describe.each(['fcgi', 'scgi'] as const)('%s', (wire) => {
  const to = (addresses: string[]): App =>
    (wire === 'fcgi' ? fcgi : scgi)({ address: addresses, maxSpool: 1000, responseTimeout: 10_000 });

  it.each(['PUT', 'POST'])(
    '%s: a body in a file arrives whole at the target that takes it, and the file is gone',
    async (method) => {
      const app = to([await nobody(), await nobody(), await behind(wire)]);
      expect((await send(app, method, 10)).text).toBe('500000 500000 of 500000');
      await expect.poll(openFiles, { timeout: 15_000 }).toEqual([]);
    },
  );

  it('PUT: is read from the beginning again when a target broke off within it', async () => {
    const app = to([await raw('reset'), await behind(wire)]);
    expect((await send(app, 'PUT', 40)).text).toBe('2000000 2000000 of 2000000');
    await expect.poll(openFiles, { timeout: 15_000 }).toEqual([]);
  });

  it('POST: is not sent again then, and the file is gone', async () => {
    const app = to([await raw('reset'), await behind(wire)]);
    expect((await send(app, 'POST', 40)).status).toBe('502 Bad Gateway');
    await expect.poll(openFiles, { timeout: 15_000 }).toEqual([]);
  });

  it.runIf(wire === 'fcgi')('POST: is sent elsewhere when it was sent back unread', async () => {
    const app = to([await raw('overloaded'), await behind(wire)]);
    expect((await send(app, 'POST', 40)).text).toBe('2000000 2000000 of 2000000');
    await expect.poll(openFiles, { timeout: 15_000 }).toEqual([]);
  });

  it('the file is gone when nobody takes it, and when the client leaves', async () => {
    expect((await send(to([await nobody(), await nobody()]), 'PUT', 10)).status).toBe('502 Bad Gateway');
    await expect.poll(openFiles, { timeout: 15_000 }).toEqual([]);
    const controller = new AbortController();
    const answer = send(to([await raw('silent'), await raw('silent')]), 'PUT', 200, controller.signal);
    await expect.poll(openFiles, { timeout: 15_000 }).toHaveLength(1);
    controller.abort();
    await answer;
    await expect.poll(openFiles, { timeout: 15_000 }).toEqual([]);
  });
});
