import type { App, Bytes } from '@tsgi/core';
import { aroundApp, type FaultyServer, wrongLoop } from './faulty-server.ts';
import { type AnyBody, type AnyIterator, ReferenceExchange } from './reference-exchange.ts';

/** Nothing that it is asked for later is answered as long as the body has more. */
class TakesAll extends ReferenceExchange {
  override async drive(iterator: AnyIterator): Promise<void> {
    for (let step = await this.next(iterator); step.done !== true; step = await this.next(iterator)) {
      if (!this.ended) await this.take(step.value);
    }
    this.exhausted = true;
  }
}

/** Run loops that send too much, or make too little look like all; and those that call wrongly. */
export const lengthFaults: readonly FaultyServer[] = [
  wrongLoop(
    'what is beyond Content-Length is passed on',
    'one-chunk-that-is-too-long-is-cut',
    class extends ReferenceExchange {
      override limit(chunk: Bytes): Bytes {
        return chunk;
      }
    },
  ),
  wrongLoop(
    'a body that is too long is an error, not cut',
    'a-chunk-across-the-length-is-cut',
    class extends ReferenceExchange {
      override limit(chunk: Bytes): Bytes {
        if (super.limit(chunk).byteLength < chunk.byteLength) throw new Error('too long');
        return chunk;
      }
    },
  ),
  wrongLoop(
    'write may go beyond Content-Length',
    'write-beyond-the-length-throws',
    class extends ReferenceExchange {
      override checkWrite(): void {}
    },
  ),
  wrongLoop(
    'write may come while the body is sent',
    'write-within-the-body-throws',
    class extends ReferenceExchange {
      override checkWrite(): void {}
    },
  ),
  wrongLoop(
    'a body that is too short is filled up',
    'a-body-that-is-too-short-is-cut-off',
    class extends ReferenceExchange {
      override finish(): void {
        this.sendHead();
        const missing = (this.pending?.length ?? -1) - this.sent;
        if (this.pending?.hasBody === true && missing > 0) this.wire.chunk(Buffer.alloc(missing));
        this.end();
      }
    },
  ),
  wrongLoop(
    'an answer that failed ends like one that is whole',
    'a-body-that-throws-later-is-cut-off',
    class extends ReferenceExchange {
      override cutOff(): void {
        this.end();
      }
    },
  ),
  wrongLoop(
    'an error after the head is written into the body',
    'a-body-that-rejects-later-is-cut-off',
    class extends ReferenceExchange {
      override cutOff(): void {
        this.wire.chunk(Buffer.from('Internal Server Error'));
        this.end();
      }
    },
  ),
  wrongLoop(
    'the client gets to see the error',
    'an-app-that-throws-is-a-500',
    class extends ReferenceExchange {
      override errorText(error: unknown): string {
        return error instanceof Error ? (error.stack ?? error.message) : String(error);
      }
    },
  ),
  wrongLoop(
    'a failure is an empty answer',
    'an-app-that-rejects-is-a-500',
    class extends ReferenceExchange {
      override fail(): void {
        this.ended = true;
        this.wire.socket.destroy();
      }
    },
  ),
  wrongLoop(
    'the application is called with a third argument',
    'the-app-is-called-once-with-two-arguments',
    class extends ReferenceExchange {
      override call(): Promise<AnyBody> {
        const { app } = this;
        return Promise.resolve(Reflect.apply(app, undefined, [this.environ, this.start.bind(this), {}]));
      }
    },
  ),
  wrongLoop(
    'an application that failed is called again',
    'a-request-after-a-failed-one-is-served',
    class extends ReferenceExchange {
      override async call(): Promise<AnyBody> {
        try {
          return await super.call();
        } catch {
          return super.call();
        }
      }
    },
  ),
  wrongLoop(
    'startResponse gives a promise',
    'start-response-returns-a-function-at-once',
    class extends ReferenceExchange {
      override start(...args: Parameters<ReferenceExchange['start']>): ReturnType<ReferenceExchange['start']> {
        return Promise.resolve(super.start(...args)) as never;
      }
    },
  ),
  wrongLoop(
    'write takes strings',
    'writing-a-string-throws',
    class extends ReferenceExchange {
      override write(chunk: Bytes): Promise<void> {
        return super.write(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
      }
    },
  ),
  wrongLoop(
    'write tells of its faults by rejecting',
    'writing-a-number-throws',
    class extends ReferenceExchange {
      override write(chunk: Bytes): Promise<void> {
        const written = Promise.resolve().then(() => super.write(chunk));
        written.catch(() => {});
        return written;
      }
    },
  ),
  wrongLoop(
    'write never tells that the peer is gone',
    'write-rejects-when-the-peer-is-gone',
    class extends ReferenceExchange {
      override rejectIfGone(): Promise<void> {
        return Promise.resolve();
      }
    },
  ),
  wrongLoop(
    'write neither waits nor tells that the peer is gone',
    'write-rejects-when-the-peer-is-gone',
    class extends ReferenceExchange {
      override write(chunk: Bytes): Promise<void> {
        void super.write(chunk);
        return Promise.resolve();
      }
    },
  ),
  wrongLoop('a body is taken to its end beyond its length', 'a-body-without-end-is-left-at-its-length', TakesAll),
  wrongLoop('a body is taken to its end for HEAD', 'head-of-a-body-without-end-is-answered', TakesAll),
  aroundApp('requests are served one after another', 'a-concurrent-server-serves-while-an-app-waits', inTurn),
];

function inTurn(app: App): App {
  let last: PromiseLike<unknown> = Promise.resolve();
  return async (environ, startResponse) => {
    // The kit's own questions pass: it is the answers of cases that block each other.
    if (environ.HTTP_X_TSGI_ASK !== undefined) return app(environ, startResponse);
    const before = last;
    let done = (): void => {};
    last = new Promise<void>((resolve) => {
      done = resolve;
    });
    await before;
    environ['tsgi.after_response'].push(done);
    return app(environ, startResponse);
  };
}
