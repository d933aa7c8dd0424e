import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { connect as connectHttp2 } from 'node:http2';
import { get } from 'node:http';
import { get as getOverTls } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { App, RunningServer } from '@tsgi/core';
import { gateway as fcgiGateway, serve as serveFcgi } from '@tsgi/fcgi-backend';
import { serve as serveHttp } from '@tsgi/http-backend';
import { gateway as scgiGateway, serve as serveScgi } from '@tsgi/scgi-backend';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { localhost } from '../packages/http-backend/test/support/certificates.ts';

// R88: the run loop reads a file into the same memory again and again. What the wire still holds must not change, whatever
// the pace of its reader.

const SIZE = 16_000_011;
const folder = mkdtempSync(join(tmpdir(), 'tsgi-files-'));
const path = join(folder, 'file');
const content = randomBytes(SIZE);
const sha1 = (bytes: Buffer): string => createHash('sha1').update(bytes).digest('hex');
const opened: FileHandle[] = [];
const servers: RunningServer[] = [];
const ports = { http: 0, https: 0, fcgi: 0, scgi: 0 };

/** The file from `?from`; `&known` says its length beforehand, `&block` the size of the blocks. */
const app: App = async (environ, startResponse) => {
  const query = new URLSearchParams(environ.QUERY_STRING);
  const from = Number(query.get('from') ?? 0);
  const block = query.get('block');
  const file = await open(path);
  opened.push(file);
  if (from > 0) await file.read({ buffer: Buffer.alloc(from) });
  startResponse('200 OK', query.has('known') ? [['Content-Length', String(SIZE - from)]] : []);
  return environ['tsgi.file_wrapper']?.(file, block === null ? undefined : Number(block)) ?? [];
};

beforeAll(async () => {
  writeFileSync(path, content);
  const quiet = { errors: () => {} };
  const listening = async (server: Promise<RunningServer>): Promise<number> => {
    servers.push(await server);
    return servers.at(-1)?.port ?? 0;
  };
  ports.http = await listening(serveHttp(app, { port: 0, h2c: true, ...quiet }));
  ports.https = await listening(serveHttp(app, { port: 0, tls: localhost, ...quiet }));
  const fcgi = await serveFcgi(app, { path: join(folder, 'fcgi'), ...quiet });
  const scgi = await serveScgi(app, { path: join(folder, 'scgi'), ...quiet });
  ports.fcgi = await listening(
    serveHttp(fcgiGateway({ address: `unix:${join(folder, 'fcgi')}` }), { port: 0, ...quiet }),
  );
  ports.scgi = await listening(
    serveHttp(scgiGateway({ address: `unix:${join(folder, 'scgi')}` }), { port: 0, ...quiet }),
  );
  servers.push(fcgi, scgi);
});

afterAll(async () => {
  for (const server of servers) await server.close({ grace: 0 });
  rmSync(folder, { recursive: true });
});

/** Reads in fits and starts, so that the wire is full now and then. */
async function slowly(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sinceRest = 0;
  for await (const chunk of stream) {
    chunks.push(chunk);
    sinceRest += chunk.length;
    if (sinceRest < 2_000_000) continue;
    sinceRest = 0;
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  return Buffer.concat(chunks);
}

const WIRES: Record<string, (target: string) => Promise<Buffer>> = {
  'HTTP/1.1': (target) =>
    new Promise((resolve) => get(`http://127.0.0.1:${ports.http}${target}`, (answer) => resolve(slowly(answer)))),
  'HTTP/1.1 over TLS': (target) =>
    new Promise((resolve) => {
      const options = { port: ports.https, path: target, rejectUnauthorized: false };
      getOverTls(options, (answer) => resolve(slowly(answer)));
    }),
  'HTTP/2': async (target) => {
    const session = connectHttp2(`http://127.0.0.1:${ports.http}`);
    const received = await slowly(session.request({ ':path': target }));
    session.close();
    return received;
  },
  FastCGI: (target) =>
    new Promise((resolve) => get(`http://127.0.0.1:${ports.fcgi}${target}`, (answer) => resolve(slowly(answer)))),
  SCGI: (target) =>
    new Promise((resolve) => get(`http://127.0.0.1:${ports.scgi}${target}`, (answer) => resolve(slowly(answer)))),
};

test.each(Object.keys(WIRES))('R88: over %s a file arrives as it is', async (wire) => {
  const ask = WIRES[wire] ?? (() => Promise.reject(new Error(wire)));
  const targets = ['/?known', '/', '/?from=1234567&known', '/?block=1000000', '/?block=12000&known', `/?from=${SIZE}`];
  const received = await Promise.all(targets.map(ask));
  const expected = [0, 0, 1_234_567, 0, 0, SIZE].map((from) => sha1(content.subarray(from)));
  expect(received.map(sha1)).toEqual(expected);
  await expect.poll(() => opened.map(({ fd }) => fd), { timeout: 15_000 }).toEqual(opened.map(() => -1));
});
