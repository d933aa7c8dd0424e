import { setTimeout as delay } from 'node:timers/promises';
import type { Answer } from '../wires/answer.ts';
import type { CaseApp, CaseGroup, ConformanceCase } from '../run/case.ts';
import { ok, TEXT } from '../run/case-apps.ts';
import type { Stage } from '../wires/stage.ts';
import type { Trace } from '../app/trace.ts';

const BLOCK = Buffer.alloc(1_000_000, 'x');
const BLOCKS = 64;

/** Loopback buffers of both ends, and what a server may keep: far below what the application would give. */
const MOST_AHEAD = 24;

function count(trace: Trace): () => void {
  let made = 0;
  return () => trace.note('made', ++made);
}

async function readSlowly(stage: Stage): Promise<Answer> {
  const peer = await stage.open();
  peer.sendHead();
  peer.endBody();
  await peer.until(({ body }) => body.byteLength > 0);
  peer.channel.pause();
  let made: unknown;
  for (let still = 0; still < 3; still++) {
    await delay(60);
    const { notes } = await stage.report();
    if (notes.made !== made) still = 0;
    made = notes.made;
  }
  stage.note('ahead', typeof made === 'number' && made <= MOST_AHEAD);
  peer.channel.resume();
  // Parsing 64 MB at every chunk would be the kit's own denial of service.
  await peer.channel.until(
    () => peer.channel.ending !== 'open' || peer.channel.receivedLength >= BLOCKS * BLOCK.byteLength,
  );
  return peer.finish();
}

function paced(name: string, app: CaseApp): ConformanceCase {
  return {
    name,
    rule: 'R12, R87',
    app,
    talk: readSlowly,
    expect: {
      status: 200,
      client: { ahead: true },
      check: ({ answer }) =>
        answer?.body.byteLength === BLOCKS * BLOCK.byteLength
          ? undefined
          : `${answer?.body.byteLength} bytes arrived: expected ${BLOCKS * BLOCK.byteLength}`,
    },
  };
}

/** A reader that stops reading stops the application, and loses nothing (R12, R87). */
export const backpressure: CaseGroup = {
  hazard: 'Slow readers',
  cases: [
    paced('a-generator-waits-for-a-slow-reader', (_, startResponse, trace) => {
      const made = count(trace);
      ok(startResponse);
      return (function* body() {
        for (let index = 0; index < BLOCKS; index++) {
          made();
          yield BLOCK;
        }
      })();
    }),
    paced('an-asynchronous-generator-waits-for-a-slow-reader', (_, startResponse, trace) => {
      const made = count(trace);
      ok(startResponse);
      return (async function* body() {
        for (let index = 0; index < BLOCKS; index++) {
          made();
          yield BLOCK;
        }
      })();
    }),
    paced('write-waits-for-a-slow-reader', async (_, startResponse, trace) => {
      const made = count(trace);
      const write = startResponse('200 OK', [...TEXT]);
      for (let index = 0; index < BLOCKS; index++) {
        made();
        await write(BLOCK);
      }
      return [];
    }),
  ],
};
