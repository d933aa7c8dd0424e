import type { Bytes } from '@tsgi/core';
import { type FaultyServer, wrongLoop } from './faulty-server.ts';
import { type AnyBody, type AnyIterator, ReferenceExchange, type Step } from './reference-exchange.ts';

/** Run loops that take a body, or its end, the wrong way. */
export const bodyFaults: readonly FaultyServer[] = [
  wrongLoop(
    'an empty chunk ends the body',
    'empty-chunks-do-not-end-the-body',
    class extends ReferenceExchange {
      override isNothing(chunk: Bytes): boolean {
        return chunk.byteLength === 0 && !this.headSent;
      }
    },
  ),
  wrongLoop(
    'a body is sent over HEAD',
    'head-of-chunks-has-no-body',
    class extends ReferenceExchange {
      override check(...args: Parameters<ReferenceExchange['check']>): ReturnType<ReferenceExchange['check']> {
        return { ...super.check(...args), hasBody: true };
      }
    },
  ),
  wrongLoop(
    'strings are encoded as they come',
    'a-string-is-no-chunk',
    class extends ReferenceExchange {
      override take(chunk: unknown): Promise<void> {
        return super.take(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
      }
    },
  ),
  wrongLoop(
    'what is no chunk is left out without a word',
    'a-number-is-no-chunk',
    class extends ReferenceExchange {
      override async take(chunk: unknown): Promise<void> {
        if (chunk instanceof Uint8Array) await super.take(chunk);
      }
    },
  ),
  wrongLoop(
    'shared memory is sent',
    'shared-memory-is-no-chunk',
    class extends ReferenceExchange {
      override checkChunk(chunk: unknown): asserts chunk is Bytes {
        if (!(chunk instanceof Uint8Array)) throw new Error('no chunk');
      }
    },
  ),
  wrongLoop(
    'a string is sent as a body, character by character',
    'a-string-is-no-body',
    class extends ReferenceExchange {
      override iterate(body: AnyBody): AnyIterator {
        return super.iterate(typeof body === 'string' ? [Buffer.from(body)] : body);
      }
    },
  ),
  wrongLoop(
    'nothing is taken for an empty body',
    'undefined-is-no-body',
    class extends ReferenceExchange {
      override iterate(body: AnyBody | undefined): AnyIterator {
        return super.iterate(body ?? []);
      }
    },
  ),
  wrongLoop(
    'of two iterators the synchronous one is used',
    'of-two-iterators-the-asynchronous-one-is-used',
    class extends ReferenceExchange {
      override iterate(body: AnyBody): AnyIterator {
        return body?.[Symbol.iterator]?.() ?? super.iterate(body);
      }
    },
  ),
  wrongLoop(
    'the length of anything with a length is believed',
    'a-length-that-is-not-an-arrays-is-not-believed',
    class extends ReferenceExchange {
      override iterate(body: AnyBody): AnyIterator {
        const length: unknown = Reflect.get(body, 'length');
        return super.iterate(
          length === 1 ? [...(body as Iterable<unknown>)].slice(0, 1).map((one) => one as never) : body,
        );
      }
    },
  ),
  wrongLoop(
    'the body is asked for attributes that are not its contract',
    'nothing-of-a-body-is-used-but-iteration-and-close',
    class extends ReferenceExchange {
      override iterate(body: AnyBody): AnyIterator {
        Reflect.get(body, 'pipe');
        return super.iterate(body);
      }
    },
  ),
  wrongLoop(
    'next is called once more after the end',
    'next-is-not-called-after-the-end',
    class extends ReferenceExchange {
      override async next(iterator: AnyIterator): Promise<Step> {
        const step = await super.next(iterator);
        if (step.done === true) await iterator.next();
        return step;
      }
    },
  ),
  wrongLoop(
    'two chunks are asked for at once',
    'one-chunk-is-asked-for-at-a-time',
    class extends ReferenceExchange {
      #ahead: Promise<Step> | undefined;

      override async next(iterator: AnyIterator): Promise<Step> {
        const step = this.#ahead ?? super.next(iterator);
        this.#ahead = super.next(iterator);
        return step;
      }
    },
  ),
  wrongLoop(
    'a body is iterated twice, once to measure it',
    'a-body-is-iterated-once',
    class extends ReferenceExchange {
      override iterate(body: AnyBody): AnyIterator {
        super.iterate(body);
        return super.iterate(body);
      }
    },
  ),
  wrongLoop(
    'the whole body is gathered before any of it is sent',
    'a-chunk-is-sent-before-the-next-is-asked-for',
    class extends ReferenceExchange {
      override async drive(iterator: AnyIterator): Promise<void> {
        const chunks: unknown[] = [];
        for (let step = await this.next(iterator); step.done !== true; step = await this.next(iterator))
          chunks.push(step.value);
        this.exhausted = true;
        for (const chunk of chunks) await this.take(chunk);
      }
    },
  ),
  wrongLoop(
    'a slow reader does not slow the body down',
    'an-asynchronous-generator-waits-for-a-slow-reader',
    class extends ReferenceExchange {
      override async pause(): Promise<void> {}
    },
  ),
  wrongLoop(
    'a chunk is kept until the next one comes',
    'a-written-chunk-is-sent-at-once',
    class extends ReferenceExchange {
      #kept: Bytes | undefined;

      override async send(chunk: Bytes): Promise<void> {
        const kept = this.#kept;
        this.#kept = chunk;
        if (kept !== undefined) await super.send(kept);
      }

      override finish(): void {
        if (this.#kept !== undefined) void super.send(this.#kept);
        super.finish();
      }
    },
  ),
];
