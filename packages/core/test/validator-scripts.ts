import type { App, Body, Bytes, Header } from '@tsgi/core';
import { Exchange, type ResponseHead, type ResponseWriter } from '@tsgi/core/server';
import { testEnviron } from '@tsgi/core/testing';
import * as fc from 'fast-check';
import { bytes, plain } from './validator-driver.ts';

/** What an application does, all of it right. */
export interface Script {
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

export const scripts: fc.Arbitrary<Script> = fc
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
export class TracingWriter implements ResponseWriter {
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

export async function run(wrap: (app: App) => App, script: Script): Promise<{ trace: string[]; log: string }> {
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
