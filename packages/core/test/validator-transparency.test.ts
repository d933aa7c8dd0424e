import { FileWrapper, TsgiAbortError, type App, type Body, type Bytes, type Header } from '@tsgi/core';
import { Exchange, type ResponseHead, type ResponseWriter } from '@tsgi/core/gateway';
import { testEnviron } from '@tsgi/core/testing';
import { validator, violationText } from '@tsgi/core/validator';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytes, plain } from './validator-driver.ts';

/** What an application does, all of it right. */
interface Script {
  readonly kind: 'array' | 'sync' | 'async' | 'iterator' | 'both';
  readonly promised: boolean;
  readonly written: readonly string[];
  readonly chunks: readonly string[];
  readonly late: boolean;
  readonly status: string;
  readonly method: 'GET' | 'HEAD';
  readonly length: boolean;
  readonly closable: boolean;
  readonly failsAt: number;
  readonly excInfo: boolean;
}

/** HEAD, 204 and 304 have no body, write comes before the body, and an array does not fail: only so is a script right. */
function righted(script: Script): Script {
  const right = { ...script };
  if (script.method === 'HEAD' || /^[23]04/.test(script.status))
    Object.assign(right, { chunks: [], written: [], failsAt: -1 });
  if (right.kind === 'array') Object.assign(right, { late: false, failsAt: -1 });
  if (right.written.length > 0) Object.assign(right, { late: false });
  return right;
}

const scripts: fc.Arbitrary<Script> = fc
  .record<Script>({
    kind: fc.constantFrom('array', 'sync', 'async', 'iterator', 'both'),
    promised: fc.boolean(),
    written: fc.array(fc.constantFrom('', 'w', 'written'), { maxLength: 2 }),
    chunks: fc.array(fc.constantFrom('', 'a', 'bc', 'x'.repeat(2000)), { maxLength: 4 }),
    late: fc.boolean(),
    status: fc.constantFrom('200 OK', '204 No Content', '304 Not Modified', '404 Not Found'),
    method: fc.constantFrom('GET', 'HEAD'),
    length: fc.boolean(),
    closable: fc.boolean(),
    failsAt: fc.integer({ min: -3, max: 4 }),
    excInfo: fc.boolean(),
  })
  .map(righted);

function appOf(script: Script, trace: string[]): App {
  const all = [...script.written, ...script.chunks].join('');
  const headers: Header[] = /^[23]04/.test(script.status) ? [] : [...plain];
  if (script.length && script.status === '200 OK' && script.failsAt < 0)
    headers.push(['Content-Length', String(all.length)]);

  const answer: App = (environ, startResponse) => {
    const start = (): ReturnType<typeof startResponse> => {
      trace.push('startResponse');
      return startResponse(script.status, headers);
    };
    const write = script.late ? undefined : start();
    for (const text of script.written) void write?.(bytes(text));
    environ['tsgi.after_response'].push(() => {
      trace.push('after_response');
    });
    let position = -1;
    const step = (): { done: boolean; value?: Bytes } => {
      position++;
      trace.push(`next ${position}`);
      if (position === 0 && script.late) start();
      if (position === script.failsAt) {
        const reason = new Error('failed on purpose');
        if (script.excInfo) {
          try {
            startResponse('500 Internal Server Error', plain, reason);
          } catch (thrown) {
            trace.push(`thrown: ${thrown === reason}`);
            throw thrown;
          }
          return { done: false, value: bytes('sorry') };
        }
        throw reason;
      }
      const text = script.chunks[position];
      return text === undefined || (position > script.failsAt && script.failsAt >= 0)
        ? { done: true }
        : { done: false, value: bytes(text) };
    };
    return bodyOf(script, step, trace);
  };
  return script.promised ? async (environ, startResponse) => answer(environ, startResponse) : answer;
}

function bodyOf(script: Script, step: () => { done: boolean; value?: Bytes }, trace: string[]): Body {
  const close = (): void => {
    trace.push('close');
  };
  if (script.kind === 'array') {
    const array = script.chunks.map(bytes);
    return script.closable ? Object.assign(array, { close }) : array;
  }
  function* synchronous(): Generator<Bytes> {
    try {
      for (let next = step(); next.value !== undefined; next = step()) yield next.value;
    } finally {
      trace.push('finally');
    }
  }
  async function* asynchronous(): AsyncGenerator<Bytes> {
    try {
      for (let next = step(); next.value !== undefined; next = step()) {
        await undefined;
        yield next.value;
      }
    } finally {
      trace.push('finally');
    }
  }
  const iterator = { next: step, [Symbol.iterator]: () => iterator } as unknown as Iterable<Bytes>;
  const body: Body = {
    sync: synchronous,
    async: asynchronous,
    iterator: () => iterator,
    both: () => Object.assign(asynchronous(), { [Symbol.iterator]: synchronous }),
  }[script.kind]();
  return script.closable ? Object.assign(body, { close }) : body;
}

/** Notes what goes to the wire, and asks for a pause after every second chunk. */
class TracingWriter implements ResponseWriter {
  readonly trace: string[];
  readonly #finished: () => void;
  #chunks = 0;

  constructor(trace: string[], finished: () => void) {
    this.trace = trace;
    this.#finished = finished;
  }

  writeHead(head: ResponseHead, chunk: Bytes | undefined, end: boolean): boolean {
    this.trace.push(`head ${head.status} ${JSON.stringify(head.headers)} ${chunk?.length} ${end}`);
    return true;
  }

  write(chunk: Bytes): boolean {
    this.trace.push(`write ${chunk.length}`);
    return ++this.#chunks % 2 === 0;
  }

  end(): void {
    this.trace.push('end');
  }

  abort(): void {
    this.trace.push('abort');
  }

  onDrain(callback: () => void): void {
    setImmediate(() => {
      this.trace.push('drained');
      callback();
    });
  }

  finished(): void {
    this.trace.push('finished');
    this.#finished();
  }
}

async function run(wrap: (app: App) => App, script: Script): Promise<{ trace: string[]; log: string }> {
  const trace: string[] = [];
  let log = '';
  const environ = testEnviron({ method: script.method }, (text) => {
    log += text;
  });
  await new Promise<void>((resolve) => {
    new Exchange(wrap(appOf(script, trace)), environ, new TracingWriter(trace, resolve)).run();
  });
  return { trace: [...trace], log: log.replaceAll(/^ +at .*\n/gm, '') };
}

describe('a right application under the validator', () => {
  it('does what it does without, step by step, and in silence', async () => {
    await fc.assert(
      fc.asyncProperty(scripts, async (script) => {
        const bare = await run((app) => app, script);
        expect(await run(validator, script)).toEqual(bare);
        expect(await run((app) => validator(validator(app)), script)).toEqual(bare);
        const violations: string[] = [];
        const collected = await run(
          (app) => validator(app, { onViolation: (found) => violations.push(violationText(found)) }),
          script,
        );
        expect(collected).toEqual(bare);
        expect(violations).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});

describe('what passes through the validator', () => {
  const call = (app: App): unknown => validator(app)(testEnviron(), () => async () => {});

  it('stays the same array', () => {
    const array = [bytes('hello')];
    expect(
      call((_environ, startResponse) => {
        startResponse('200 OK', plain);
        return array;
      }),
    ).toBe(array);
  });

  it('stays an array where the array has a close, which is called on the original', () => {
    const closed: unknown[] = [];
    const array = Object.assign([bytes('hello')], {
      close() {
        closed.push(this);
      },
    });
    const body = call((_environ, startResponse) => {
      startResponse('200 OK', plain);
      return array;
    }) as typeof array;
    expect(Array.isArray(body)).toBe(true);
    expect([...body]).toEqual([...array]);
    body.close();
    expect(closed).toEqual([array]);
    expect(closed[0]).toBe(array);
  });

  it('stays the file wrapper that the server knows by its class', () => {
    const file = new FileWrapper({ read: async () => null });
    expect(
      call((_environ, startResponse) => {
        startResponse('200 OK', plain);
        return file;
      }),
    ).toBe(file);
  });

  it('is as synchronous as it was', () => {
    const body = call(function* (_environ, startResponse) {
      startResponse('200 OK', plain);
      yield bytes('hello');
    }) as Iterable<Bytes>;
    expect(Symbol.asyncIterator in body).toBe(false);
    expect([...body].map((chunk) => new TextDecoder().decode(chunk))).toEqual(['hello']);
  });

  it('has a return where it had one, and none where it had none', () => {
    const withNone = { next: () => ({ done: true as const, value: undefined }) };
    const bare = call(() => ({ [Symbol.iterator]: () => withNone })) as Iterable<Bytes>;
    expect(bare[Symbol.iterator]()).not.toHaveProperty('return');
    const generator = call(function* () {
      yield bytes('hello');
    }) as Iterable<Bytes>;
    expect(generator[Symbol.iterator]()).toHaveProperty('return');
  });

  it('asks for nothing ahead', () => {
    let asked = 0;
    const body = call((_environ, startResponse) => ({
      *[Symbol.iterator]() {
        startResponse('200 OK', plain);
        for (;;) {
          asked++;
          yield bytes('hello');
        }
      },
    })) as Iterable<Bytes>;
    expect(asked).toBe(0);
    const iterator = body[Symbol.iterator]();
    expect(asked).toBe(0);
    iterator.next();
    expect(asked).toBe(1);
  });

  it('gives the promise of the server’s own write', () => {
    const accepted = Promise.resolve();
    let given: unknown;
    validator((_environ, startResponse) => {
      given = startResponse('200 OK', plain)(bytes('hello'));
      return [];
    })(testEnviron(), () => () => accepted);
    expect(given).toBe(accepted);
  });

  it('lets an error of the application through, the same object', async () => {
    const reason = new Error('no database');
    const fails: App = () => {
      throw reason;
    };
    expect(() => call(fails)).toThrow(reason);
    await expect(call(async () => Promise.reject(reason))).rejects.toBe(reason);
  });
});

describe('tsgi.signal under the validator', () => {
  it('is not asked for unless the application asks', async () => {
    let asked = 0;
    const environ = testEnviron();
    Object.defineProperty(environ, 'tsgi.signal', {
      get() {
        asked++;
        return new AbortController().signal;
      },
      enumerable: true,
      configurable: true,
    });
    const app: App = async function* (inner, startResponse) {
      startResponse('200 OK', plain);
      yield bytes(await inner['tsgi.input'].read().then((body) => String(body.length)));
    };
    const body = validator(validator(app))(environ, () => async () => {}) as AsyncIterable<Bytes> & { close(): void };
    for await (const chunk of body) void chunk;
    body.close();
    expect(asked).toBe(0);
  });

  it('is the server’s own', async () => {
    const environ = testEnviron();
    let seen: unknown;
    validator((inner, startResponse) => {
      seen = inner['tsgi.signal'];
      startResponse('200 OK', plain);
      return [];
    })(environ, () => async () => {});
    expect(seen).toBe(environ['tsgi.signal']);
  });

  it('excuses an application that ends early because the peer has gone', async () => {
    const violations: string[] = [];
    const trace: string[] = [];
    let exchange: Exchange | undefined;
    const app: App = async function* (environ, startResponse) {
      startResponse('200 OK', [...plain, ['Content-Length', '100']]);
      yield bytes('so far');
      exchange?.abort(new TsgiAbortError('gone'));
      if (environ['tsgi.signal'].aborted) return;
      yield bytes('never');
    };
    await new Promise<void>((resolve) => {
      const checked = validator(app, { onViolation: (found) => violations.push(violationText(found)) });
      exchange = new Exchange(checked, testEnviron(), new TracingWriter(trace, resolve));
      exchange.run();
    });
    expect(violations).toEqual([]);
    expect(trace.at(-1)).toBe('finished');
  });
});
