import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Bytes } from '../src/index.ts';
import { CgiAnswer } from '../src/forward.ts';
import { testEnviron } from '../src/testing.ts';

type Event =
  | { readonly do: 'push'; readonly bytes: Bytes }
  | { readonly do: 'end'; readonly failure: boolean }
  | { readonly do: 'fail' | 'next' | 'close' | 'return' | 'awaitEnd' | 'progress' | 'whole' };

const HEAD = Buffer.from('Content-Type: a/b\r\n\r\n');
const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.uint8Array({ maxLength: 9 }).map((bytes): Event => ({ do: 'push', bytes: Buffer.from(bytes) })),
  },
  { weight: 1, arbitrary: fc.constant<Event>({ do: 'push', bytes: Buffer.alloc(50_000, 0x61) }) },
  { weight: 1, arbitrary: fc.boolean().map((failure): Event => ({ do: 'end', failure })) },
  { weight: 5, arbitrary: fc.constant<Event>({ do: 'next' }) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom(
        'fail' as const,
        'close' as const,
        'return' as const,
        'awaitEnd' as const,
        'progress' as const,
        'whole' as const,
      )
      .map((name): Event => ({ do: name })),
  },
);

const failed = new Error('it failed');
const broken = new Error('it broke off');

it('whatever happens, in any order: bytes in their order, one end, and the source hears of it once', async () => {
  const outcomes = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 30 }), fc.boolean(), async (events, withHead) => {
      const heard: string[] = [];
      let paused = false;
      const answer = new CgiAnswer(
        {
          pause: () => void (paused = true),
          resume: () => void (paused = false),
          abandon: () => void heard.push('abandoned'),
          unwanted: () => void heard.push('unwanted'),
        },
        testEnviron(),
        { responseTimeout: Infinity, idleTimeout: Infinity },
      );
      let pushed = '';
      let read = '';
      let over = false;
      const collect = (bytes: Bytes): void => {
        expect(over).toBe(false);
        read += Buffer.from(bytes).toString('latin1');
      };
      if (withHead) answer.push(HEAD);
      let ended = false;
      for (const one of events) {
        switch (one.do) {
          case 'push':
            answer.push(one.bytes);
            if (!ended) pushed += Buffer.from(one.bytes).toString('latin1');
            break;
          case 'end':
            answer.end(one.failure ? broken : undefined);
            ended = true;
            break;
          case 'fail':
            answer.fail(failed);
            break;
          case 'next': {
            // Only where it will not wait: what has come or has ended.
            if (!withHead || (answer.isWaiting && !ended && heard.length === 0)) break;
            try {
              const step = await answer.next();
              if (step.done === true) over = true;
              else collect(step.value);
            } catch (error) {
              expect([failed, broken]).toContain(error);
              outcomes.add(String(error));
              over = true;
            }
            break;
          }
          case 'close':
            answer.close();
            over = true;
            break;
          case 'return':
            expect(await answer.return()).toEqual({ done: true, value: undefined });
            over = true;
            break;
          case 'awaitEnd':
            answer.awaitEnd();
            break;
          case 'progress':
            answer.requestProgressed();
            break;
          default:
            if (!withHead) break;
            for (const bytes of answer.takeWhole() ?? []) collect(bytes);
        }
        expect(heard.length).toBeLessThanOrEqual(1);
      }
      answer.close();
      expect(heard.length).toBeLessThanOrEqual(1);
      if (withHead) expect(pushed.startsWith(read)).toBe(true);
      outcomes.add(heard[0] ?? 'let alone');
      expect(await answer.next()).toEqual({ done: true, value: undefined });
      if (paused) outcomes.add('paused');
    }),
    { numRuns: 2000 },
  );
  expect([...outcomes].toSorted()).toEqual([
    'Error: it broke off',
    'Error: it failed',
    'abandoned',
    'let alone',
    'paused',
    'unwanted',
  ]);
});
