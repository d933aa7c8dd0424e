import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { expect, test } from 'vitest';
import type { App } from '../src/index.ts';
import { blankEnviron, createErrorStream, Exchange, type ResponseWriter } from '../src/server.ts';

// V8 keeps a function that is assigned to a property where it is made, and all that it holds, until the next full
// collection. A request that ends must not wait for one: each would be copied twice on its way there.

const REQUESTS = 4_000;

class Writer implements ResponseWriter {
  onFinished: () => void = () => {};

  writeHead(): boolean {
    return true;
  }

  write(): boolean {
    return true;
  }

  end(): void {}

  abort(): void {}

  onDrain(): void {}

  finished(): void {
    this.onFinished();
  }
}

const chunk = new Uint8Array(1);

const applications: Record<string, App> = {
  'an array': (_environ, startResponse) => {
    startResponse('200 OK', []);
    return [chunk];
  },
  'a promise': async (_environ, startResponse) => {
    await undefined;
    startResponse('200 OK', []);
    return [chunk];
  },
  'a stream': (_environ, startResponse) => {
    startResponse('200 OK', []);
    let left = 3;
    const iterator = {
      next: () => Promise.resolve(left-- > 0 ? { done: false, value: chunk } : { done: true, value: undefined }),
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator as AsyncIterable<Uint8Array>;
  },
};

function oldSpace(): number {
  return getHeapSpaceStatistics().find((space) => space.space_name === 'old_space')?.space_used_size ?? 0;
}

async function serve(app: App, requests: number): Promise<void> {
  const traits = {
    multithread: false,
    multiprocess: false,
    runOnce: false,
    concurrent: true,
    serverSoftware: 'test',
    errors: createErrorStream(() => {}),
  };
  for (let count = 0; count < requests; count++) {
    const writer = new Writer();
    const finished = new Promise<void>((resolve) => {
      writer.onFinished = resolve;
    });
    const environ = blankEnviron(traits);
    // Something to tell: 4 KiB a request.
    environ['test.weight'] = Array.from({ length: 500 }, () => count);
    new Exchange(app, environ, writer).run();
    await finished;
  }
}

test.each(Object.keys(applications))('a request answered by %s is not kept until a full collection', async (name) => {
  const app = applications[name] as App;
  // Optimised code would hide it, sooner or later.
  setFlagsFromString('--no-opt');
  try {
    await serve(app, 500);
    const before = oldSpace();
    await serve(app, REQUESTS);
    expect(oldSpace() - before).toBeLessThan(REQUESTS * 1_000);
  } finally {
    setFlagsFromString('--opt');
  }
});
