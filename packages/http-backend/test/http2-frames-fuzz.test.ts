import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import type { App } from '@tsgi/core';
import { serve } from '../src/index.ts';
import { frame, GET, literals, POST, PREFACE, settingsFrame } from './support/http2-frames.ts';
import { numbers, one } from './support/random.ts';

/** Sequences of frames, a connection each. `FUZZ_SEQUENCES=100000` for the long version, `FUZZ_FIRST` to begin with a later one. */
const RUNS = Number(process.env.FUZZ_SEQUENCES ?? 400);
const FIRST = Number(process.env.FUZZ_FIRST ?? 0);
const timeout = RUNS > 1_000 ? 3_600_000 : 120_000;
/** An nghttp2 before 1.68.1 ends the process at a frame of a wrong length behind another error (CVE-2026-27135). */
const [major = 0, minor = 0, patch = 0] = process.versions.nghttp2?.split('.').map(Number) ?? [];
const SPARED = major * 1_000_000 + minor * 1_000 + patch < 1_068_001;
/** Connections at a time. */
const ABREAST = 20;

/** One frame of any kind, mostly one that makes sense. */
function anyFrame(random: () => number): Buffer {
  const stream = one(random, [0, 1, 1, 3, 3, 5, 7, 9, 2, 2 ** 31 - 1]);
  const block = one(random, [
    GET,
    GET,
    POST,
    POST,
    literals({ 'x-a': 'b' }),
    Buffer.from([0xff, 0xff, 0xff]),
    Buffer.alloc(0),
  ]);
  const small = Buffer.from(Array.from({ length: Math.floor(random() * 12) }, () => Math.floor(random() * 256)));
  switch (
    one(random, [
      'head',
      'head',
      'head',
      'data',
      'data',
      'reset',
      'settings',
      'ping',
      'window',
      'goaway',
      'continuation',
      'priority',
      'push',
      'any',
      'cut',
    ])
  ) {
    case 'head':
      return frame(1, one(random, [4, 4, 5, 5, 5, 0, 1]), one(random, [1, 3, 5, 7, 9, stream]), block);
    case 'data':
      return frame(0, one(random, [0, 1, 8]), stream, one(random, [small, Buffer.alloc(16_000), Buffer.alloc(0)]));
    case 'reset':
      return frame(3, 0, stream, one(random, [Buffer.from([0, 0, 0, 8]), Buffer.alloc(4), small]));
    case 'settings':
      return frame(
        4,
        one(random, [0, 0, 1]),
        0,
        one(random, [Buffer.alloc(0), Buffer.from([0, 4, 0, 0, 0, Math.floor(random() * 256)]), small]),
      );
    case 'ping':
      return frame(6, one(random, [0, 1]), 0, one(random, [Buffer.alloc(8), small]));
    case 'window':
      return frame(
        8,
        0,
        stream,
        one(random, [Buffer.from([0, 0, 4, 0]), Buffer.from([0x7f, 0xff, 0xff, 0xff]), Buffer.alloc(4)]),
      );
    case 'goaway':
      return random() < 0.3
        ? frame(7, 0, 0, Buffer.from([0, 0, 0, 0, 0, 0, 0, Math.floor(random() * 3)]))
        : frame(6, 0, 0, Buffer.alloc(8));
    case 'continuation':
      return frame(9, one(random, [0, 4]), stream, block);
    case 'priority':
      return frame(2, 0, stream, one(random, [Buffer.alloc(5), small]));
    case 'push':
      return frame(5, 4, stream, Buffer.concat([Buffer.from([0, 0, 0, 2]), block]));
    case 'any':
      return frame(Math.floor(random() * 16), Math.floor(random() * 256), stream, small);
    default:
      return frame(1, 5, 1, GET).subarray(0, Math.floor(random() * 15));
  }
}

/** Whether the length is one that RFC 9113 §6 gives this type; all of a frame that is cut. */
function hasItsLength(bytes: Buffer): boolean {
  if (bytes.length < 9) return true;
  const length = bytes.readUIntBE(0, 3);
  const [type = 0, flags = 0] = bytes.subarray(3);
  const unpadded = (flags & 8) === 0 ? length : length - 1;
  switch (type) {
    case 1:
      return (flags & 0x20) === 0 || unpadded >= 5;
    case 2:
      return length === 5;
    case 3:
    case 8:
      return length === 4;
    case 4:
      return (flags & 1) === 0 ? length % 6 === 0 : length === 0;
    case 5:
      return unpadded >= 4;
    case 6:
      return length === 8;
    case 7:
      return length >= 8;
    default:
      return true;
  }
}

/** What comes behind a frame that is cut is read as its rest: anything. */
function spared(frames: readonly Buffer[]): Buffer[] {
  const cut = frames.findIndex((bytes) => bytes.length < 9 || bytes.length < 9 + bytes.readUIntBE(0, 3));
  return frames.filter((bytes, index) => hasItsLength(bytes) && (cut === -1 || index <= cut));
}

test(
  'whatever frames come: no application and no descriptor is left, and the next client is served',
  async () => {
    let running = 0;
    let begun = 0;
    const faults: unknown[] = [];
    const app: App = async (environ, startResponse) => {
      running += 1;
      begun += 1;
      environ['tsgi.after_response']?.push(() => {
        running -= 1;
      });
      const turn = begun % 4;
      // One answers at once, one reads its body, one waits to be told, one sends much.
      if (turn === 1) await environ['tsgi.input'].read().catch(() => {});
      if (turn === 2) {
        await new Promise<void>((resolve) =>
          environ['tsgi.signal'].addEventListener('abort', () => resolve(), { once: true }),
        );
      }
      startResponse('200 OK', []);
      return [new Uint8Array(turn === 3 ? 100_000 : 3)];
    };
    const errors = (text: string): void => {
      if (!/on purpose/.test(text)) faults.push(text);
    };
    const server = await serve(app, {
      port: 0,
      h2c: true,
      errors,
      keepAliveTimeout: 2_000,
      drainTimeout: 500,
      sendTimeout: 2_000,
    });
    const before = readdirSync('/proc/self/fd').length;
    const connection = async (seed: number): Promise<void> => {
      const random = numbers(seed);
      const socket = connect({ port: server.port ?? 0, host: '127.0.0.1', allowHalfOpen: random() < 0.5 });
      socket.on('error', () => {});
      socket.resume();
      await once(socket, 'connect').catch(() => {});
      const requests = [1, 3, 5].slice(0, Math.floor(random() * 4));
      let frames = requests.map((stream) => frame(1, one(random, [4, 5]), stream, one(random, [GET, POST])));
      for (let count = Math.floor(random() * 15); count > 0; count -= 1) frames.push(anyFrame(random));
      if (SPARED) frames = spared(frames);
      socket.write(Buffer.concat([Buffer.from(PREFACE), settingsFrame()]));
      if (random() < 0.5) socket.write(Buffer.concat(frames));
      else
        for (const each of frames) {
          socket.write(each);
          if (random() < 0.3) await new Promise(setImmediate);
        }
      await new Promise((resolve) => setTimeout(resolve, 5 + random() * 20));
      const leave = random();
      if (leave < 0.4) socket.destroy();
      else if (leave < 0.7) socket.resetAndDestroy();
      else socket.end();
      if (leave >= 0.7)
        await Promise.race([once(socket, 'close').catch(() => {}), new Promise((resolve) => setTimeout(resolve, 20))]);
      socket.destroy();
    };
    for (let run = 0; run < RUNS; run += ABREAST) {
      await Promise.all(Array.from({ length: ABREAST }, (_none, index) => connection(FIRST + run + index)));
    }
    await expect.poll(() => [running, readdirSync('/proc/self/fd').length], { timeout: 60_000 }).toEqual([0, before]);
    expect(begun).toBeGreaterThan(RUNS / 20);
    expect(faults).toEqual([]);
    await server.close({ grace: 0 });
  },
  timeout,
);
