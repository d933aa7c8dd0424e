import { FileWrapper, TsgiAbortError, copyEnviron } from '@tsgi/core';
import type { App, Bytes, Environ, Header, Input, StartResponse } from '@tsgi/core';
import { callApp, testEnviron, type TestRequest, type TestResponse } from '@tsgi/core/testing';
import { validator, type Violation } from '@tsgi/core/validator';

// What the examples of the catalogue may use, and servers small enough to be obviously right or wrong.

export const bytes = (text: string): Bytes => new TextEncoder().encode(text);
export const plain: Header[] = [['Content-Type', 'text/plain']];

/** An application of any kind, right or wrong: what the validator is for. */
export type AnyApp = (
  environ: Environ,
  startResponse: (...args: unknown[]) => (chunk: unknown) => Promise<void>,
) => unknown;

/** Wrong applications have no type. */
export function asApp(app: AnyApp): App {
  return app as App;
}

export interface Checked {
  violations: Violation[];
  rules: string[];
  response: TestResponse;
}

/** Runs an application through the run loop, with a validator that collects. */
export async function check(app: AnyApp, request: TestRequest = {}): Promise<Checked> {
  const violations: Violation[] = [];
  const response = await callApp(
    validator(asApp(app), { onViolation: (violation) => violations.push(violation) }),
    request,
  );
  return { violations, rules: violations.map((violation) => violation.rule), response };
}

/** An input that gives its pieces as they are, right or wrong. */
export function inputOf(pieces: readonly string[]): Input {
  const queue = pieces.map(bytes);
  const take = (): Bytes => queue.shift() ?? new Uint8Array(0);
  return {
    async read(size) {
      return size === undefined
        ? bytes(
            queue
              .splice(0)
              .map((piece) => new TextDecoder().decode(piece))
              .join(''),
          )
        : take();
    },
    async readline() {
      return take();
    },
    async readlines() {
      return queue.splice(0);
    },
    async *[Symbol.asyncIterator]() {
      while (queue.length > 0) yield take();
    },
  };
}

/** Calls an application, drives its body and tears down, as a server does that gets everything right. */
export async function serve(app: App, environ: Environ, startResponse: StartResponse = rightStart()): Promise<void> {
  let body: unknown;
  try {
    body = await app(environ, startResponse);
    const iterable = body as AsyncIterable<unknown>;
    for await (const chunk of iterable) void chunk;
  } catch {
    // The application's failure: a server answers 500, or cuts the response off.
  } finally {
    const closable = body as { close?(): unknown } | undefined;
    await closable?.close?.();
    const hooks = environ['tsgi.after_response'];
    if (Array.isArray(hooks)) for (const hook of hooks) if (typeof hook === 'function') await hook();
  }
}

/** A `startResponse` that throws `excInfo` once something was written, as far as it can tell. */
function rightStart(): StartResponse {
  let calls = 0;
  return (_status, headers, excInfo) => {
    if (calls++ > 0 && excInfo !== undefined && excInfo !== null && headers === SENT) throw excInfo;
    return async () => {};
  };
}

/** The headers that `failsLate` answers its error with: our servers know by them that the head was sent. */
const SENT: Header[] = [...plain];

/** Reads its input to the end and beyond, then answers in two chunks. */
export const reads: App = async function* (environ, startResponse) {
  const input = environ['tsgi.input'];
  for (let round = 0; round < 5; round++) {
    const piece = await input.read(1024);
    if (piece.length === 0) break;
  }
  startResponse('200 OK', plain);
  yield bytes('hello ');
  yield bytes('world');
};

const failsEarly: App = function* (_environ, startResponse) {
  startResponse('200 OK', plain);
  startResponse('500 Internal Server Error', plain, new Error('no database'));
  yield bytes('sorry');
};

const failsLate: App = function* (_environ, startResponse) {
  startResponse('200 OK', plain);
  yield bytes('so far');
  startResponse('500 Internal Server Error', SENT, new Error('no database'));
  yield bytes('sorry');
};

const writes: App = (_environ, startResponse) => {
  const write = startResponse('200 OK', plain);
  void write(bytes('hello'));
  return [];
};

const both: App = (_environ, startResponse) => {
  startResponse('200 OK', plain);
  return {
    *[Symbol.iterator]() {
      yield bytes('one');
    },
    async *[Symbol.asyncIterator]() {
      yield bytes('two');
    },
  };
};

/** A validator that collects. */
export function collect(app: App): { checked: App; rules: () => string[]; violations: Violation[] } {
  const violations: Violation[] = [];
  return {
    checked: validator(app, { onViolation: (found) => violations.push(found) }),
    violations,
    rules: () => violations.map((found) => found.rule),
  };
}

function evaluate(code: string, names: Readonly<Record<string, unknown>>): unknown {
  const runnable = code.replaceAll(/^import .*$/gm, '').replace(/export default/, 'return');
  const Asynchronous = Object.getPrototypeOf(async () => {}).constructor as FunctionConstructor;
  const isModule = runnable !== code;
  const Compiled = isModule ? Function : Asynchronous;
  return Reflect.apply(Reflect.construct(Compiled, [...Object.keys(names), runnable]), undefined, Object.values(names));
}

const SHARED = { bytes, plain, copyEnviron, FileWrapper, TsgiAbortError };

/** Runs the code of an example and collects what the validator says. */
export async function runExample(of: string, code: string, request: TestRequest = {}): Promise<Violation[]> {
  if (of === 'app') return (await check(evaluate(code, SHARED) as AnyApp, request)).violations;
  if (of === 'middleware') {
    const inner = collect(reads);
    const middleware = evaluate(code, SHARED) as (app: App) => App;
    const outer = collect(middleware(inner.checked));
    await callApp(outer.checked, request);
    return outer.violations.length > 0 ? outer.violations : inner.violations;
  }
  const violations: Violation[] = [];
  const wrap = (app: App): App => validator(app, { onViolation: (found) => violations.push(found) });
  const environ = testEnviron(request);
  const app = wrap(reads);
  await evaluate(code, {
    ...SHARED,
    app,
    environ,
    serve,
    inputOf,
    failsEarly: wrap(failsEarly),
    failsLate: wrap(failsLate),
    writes: wrap(writes),
    both: wrap(both),
    startResponse: rightStart(),
    write: async () => {},
    send: () => {},
  });
  if (!/\b(?:app|serve|both)\(/.test(code)) await serve(app, environ);
  // What is reported of a rejected write comes a turn later.
  await new Promise((resolve) => setImmediate(resolve));
  return violations;
}
