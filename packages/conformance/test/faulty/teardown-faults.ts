import { type FaultyServer, wrongLoop } from './faulty-server.ts';
import { type AnyBody, type AnyIterator, ReferenceExchange } from './reference-exchange.ts';

/** Run loops that close too little, too much, or in the wrong order. */
export const teardownFaults: readonly FaultyServer[] = [
  wrongLoop(
    'close() is forgotten',
    'close-is-called-once-at-the-end',
    class extends ReferenceExchange {
      override closeBody(): void {}
    },
  ),
  wrongLoop(
    'close() is forgotten for arrays',
    'an-array-with-close-is-closed',
    class extends ReferenceExchange {
      override closeBody(body: AnyBody | undefined, iterator: AnyIterator | undefined): unknown {
        return Array.isArray(body) ? undefined : super.closeBody(body, iterator);
      }
    },
  ),
  wrongLoop(
    'close() is called on the iterator',
    'close-is-called-once-at-the-end',
    class extends ReferenceExchange {
      override closeBody(_body: AnyBody | undefined, iterator: AnyIterator | undefined): unknown {
        return iterator?.close?.();
      }
    },
  ),
  wrongLoop(
    'close() is called without its object',
    'close-is-called-once-at-an-asynchronous-end',
    class extends ReferenceExchange {
      override closeBody(body: AnyBody | undefined): unknown {
        const close = body?.close;
        return close?.();
      }
    },
  ),
  wrongLoop(
    'close() is called twice',
    'close-is-called-once-at-the-end',
    class extends ReferenceExchange {
      override async closeBody(body: AnyBody | undefined, iterator: AnyIterator | undefined): Promise<void> {
        await super.closeBody(body, iterator);
        await super.closeBody(body, iterator);
      }
    },
  ),
  wrongLoop(
    'close() is forgotten after an error',
    'close-is-called-after-next-threw',
    class extends ReferenceExchange {
      #failed = false;

      override fail(error: unknown): void {
        this.#failed = true;
        super.fail(error);
      }

      override closeBody(body: AnyBody | undefined, iterator: AnyIterator | undefined): unknown {
        return this.#failed ? undefined : super.closeBody(body, iterator);
      }
    },
  ),
  wrongLoop(
    'close() is forgotten when the peer is gone',
    'teardown-after-a-disconnect-is-in-order',
    class extends ReferenceExchange {
      override closeBody(body: AnyBody | undefined, iterator: AnyIterator | undefined): unknown {
        return this.controller.signal.aborted ? undefined : super.closeBody(body, iterator);
      }
    },
  ),
  wrongLoop(
    'close() is forgotten over HEAD',
    'close-is-called-after-head',
    class extends ReferenceExchange {
      override closeBody(body: AnyBody | undefined, iterator: AnyIterator | undefined): unknown {
        return this.environ.REQUEST_METHOD === 'HEAD' ? undefined : super.closeBody(body, iterator);
      }
    },
  ),
  wrongLoop(
    'an iterator that was left is not told',
    'a-body-without-end-is-left-at-its-length',
    class extends ReferenceExchange {
      override leave(): void {}
    },
  ),
  wrongLoop(
    'return() is called after the end',
    'a-body-is-iterated-once',
    class extends ReferenceExchange {
      override leave(iterator: AnyIterator | undefined): unknown {
        return iterator?.return?.();
      }
    },
  ),
  wrongLoop(
    'close() comes before return()',
    'return-is-called-when-a-chunk-is-bad',
    class extends ReferenceExchange {
      override async tearDown(body: AnyBody | undefined, iterator: AnyIterator | undefined): Promise<void> {
        await this.quietly(() => this.closeBody(body, iterator));
        await this.quietly(() => this.leave(iterator));
        await this.runHooks();
      }
    },
  ),
  wrongLoop(
    'hooks run before close()',
    'close-is-called-once-at-the-end',
    class extends ReferenceExchange {
      override async tearDown(body: AnyBody | undefined, iterator: AnyIterator | undefined): Promise<void> {
        await this.runHooks();
        await this.quietly(() => this.leave(iterator));
        await this.quietly(() => this.closeBody(body, iterator));
      }
    },
  ),
  wrongLoop(
    'hooks do not wait for an asynchronous close()',
    'an-asynchronous-close-is-awaited',
    class extends ReferenceExchange {
      override closeBody(body: AnyBody | undefined, iterator: AnyIterator | undefined): unknown {
        void super.closeBody(body, iterator);
        return undefined;
      }
    },
  ),
  wrongLoop(
    'hooks are forgotten',
    'hooks-run-once-each-after-the-response',
    class extends ReferenceExchange {
      override async runHooks(): Promise<void> {}
    },
  ),
  wrongLoop(
    'hooks run twice',
    'hooks-run-once-each-after-the-response',
    class extends ReferenceExchange {
      override async runHooks(): Promise<void> {
        await super.runHooks();
        await super.runHooks();
      }
    },
  ),
  wrongLoop(
    'an error in a hook skips the others',
    'an-error-in-a-hook-stays-there',
    class extends ReferenceExchange {
      override async runHooks(): Promise<void> {
        await this.quietly(async () => {
          for (const hook of this.hooks) await hook();
        });
      }
    },
  ),
  wrongLoop(
    'hooks are skipped when the application throws',
    'hooks-run-when-the-app-throws',
    class extends ReferenceExchange {
      override async tearDown(body: AnyBody | undefined, iterator: AnyIterator | undefined): Promise<void> {
        if (body !== undefined) await super.tearDown(body, iterator);
      }
    },
  ),
  wrongLoop(
    'a close() that throws skips the hooks',
    'a-close-that-throws-changes-nothing',
    class extends ReferenceExchange {
      override async tearDown(body: AnyBody | undefined, iterator: AnyIterator | undefined): Promise<void> {
        await this.quietly(async () => {
          await this.leave(iterator);
          await this.closeBody(body, iterator);
          await this.runHooks();
        });
      }
    },
  ),
  wrongLoop(
    'the signal never fires',
    'the-signal-fires-before-there-is-an-answer',
    class extends ReferenceExchange {
      override peerGone(): void {}
    },
  ),
  wrongLoop(
    'the signal fires after every answer',
    'the-signal-does-not-fire-after-an-answer',
    class extends ReferenceExchange {
      override peerGone(): void {
        this.controller.abort(new Error('always'));
      }
    },
  ),
  wrongLoop(
    'the signal fires after return()',
    'teardown-after-a-disconnect-is-in-order',
    class extends ReferenceExchange {
      #gone = false;

      override peerGone(): void {
        this.#gone = true;
      }

      override async drive(iterator: AnyIterator): Promise<void> {
        while (!this.#gone && !this.ended) await this.take((await this.next(iterator)).value);
      }

      override async leave(iterator: AnyIterator | undefined): Promise<void> {
        await super.leave(iterator);
        super.peerGone();
      }
    },
  ),
];
