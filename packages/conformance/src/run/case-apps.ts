import type { Body, Bytes, Environ, Header, StartResponse } from '@tsgi/core';
import type { CaseApp } from './case.ts';
import type { Trace } from '../app/trace.ts';

const encoder = new TextEncoder();

/** Text as UTF-8. */
export function utf8(text: string): Bytes {
  return encoder.encode(text);
}

/** For faults on purpose: what TypeScript would refuse, a JavaScript application can do. */
export function unchecked<Type>(value: unknown): Type {
  // The whole point is that the value is not of this type.
  return value as Type;
}

/** The head that cases have when they are about something else. */
export const TEXT: readonly Header[] = [['Content-Type', 'text/plain; charset=utf-8']];

/** `200 OK` with text, and headers besides. */
export function ok(startResponse: StartResponse, ...headers: Header[]): void {
  startResponse('200 OK', [...TEXT, ...headers]);
}

/** An application that answers `200 OK` with this text, whatever is asked. */
export function answering(text: string, ...headers: Header[]): CaseApp {
  return (_, startResponse) => {
    ok(startResponse, ...headers);
    return [utf8(text)];
  };
}

/** An application whose body is made when it is called; the head is `200 OK`. */
export function returning(body: (trace: Trace, environ: Environ) => unknown): CaseApp {
  return (environ, startResponse, trace) => {
    ok(startResponse);
    return unchecked<Body>(body(trace, environ));
  };
}

/** An application that answers with the body of its request. */
export const echo: CaseApp = async (environ, startResponse) => {
  const body = await environ['tsgi.input'].read();
  ok(startResponse);
  return [body];
};

/**
 * A body that no right server takes to its end. It has one: whoever asks for all of it is to be caught by its case, and
 * not to go round in circles with the process that judges it.
 */
export function* withoutEnd(): Generator<Bytes> {
  for (let count = 0; count < 10_000; count++) yield utf8('x');
}

/** An application that answers with its path. */
export const showPath: CaseApp = returning((_, environ) => [utf8(environ.PATH_INFO)]);

/** An application that looks at something, writes it down and answers `seen`. */
export function noting(look: (environ: Environ, trace: Trace) => Promise<void> | void): CaseApp {
  return async (environ, startResponse, trace) => {
    await look(environ, trace);
    ok(startResponse);
    return [utf8('seen')];
  };
}

/** All variables of an environ: the keys without a dot whose values are text. */
export function variablesOf(environ: Environ): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const key of Object.keys(environ)) {
    const value = environ[key];
    if (!key.includes('.') && typeof value === 'string') {
      // A variable may be called __proto__ (R20).
      Object.defineProperty(variables, key, { value, enumerable: true });
    }
  }
  return variables;
}

/** Writes down the environ's variables, for the expectation's `environ`, and its keys. */
export const showEnviron: CaseApp = noting((environ, trace) => {
  trace.note('environ', variablesOf(environ));
  trace.note('keys', Object.keys(environ).toSorted());
});

/** Calls something that must throw, and writes down whether it did. */
export function noteThrow(trace: Trace, key: string, work: () => unknown): void {
  try {
    work();
    trace.note(key, 'did not throw');
  } catch {
    trace.note(key, 'threw');
  }
}

/** Waits for something that must reject, and writes down whether it did. */
export async function noteRejection(trace: Trace, key: string, work: () => unknown): Promise<void> {
  try {
    await work();
    trace.note(key, 'did not reject');
  } catch {
    trace.note(key, 'rejected');
  }
}
