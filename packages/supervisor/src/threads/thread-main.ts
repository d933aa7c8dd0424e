// What runs in each thread of a pool: the application, under the same run loop as everywhere.

import { parentPort, workerData } from 'node:worker_threads';
import { type App, type Bytes, type Header, TsgiAbortError, TsgiError } from '@tsgi/core';
import {
  blankEnviron,
  assertApp,
  createErrorStream,
  Exchange,
  RequestBody,
  type ResponseHead,
  type ResponseWriter,
} from '@tsgi/core/server';
import { type FromThread, movable, type PassedError, type ToThread } from './thread-messages.ts';

/** Bytes of an answer that are on their way to the main thread before the application has to wait. */
const HIGH_WATER = 262_144;

function post(message: FromThread, chunk?: Bytes): void {
  parentPort?.postMessage(message, movable(chunk));
}

/** Frames an answer as messages. */
class MessageWriter implements ResponseWriter {
  #underWay = 0;
  #onDrain: (() => void) | undefined;

  writeHead({ status, headers }: ResponseHead, chunk: Bytes | undefined, end: boolean): boolean {
    const size = chunk?.byteLength ?? 0;
    post({ type: 'head', status, headers, chunk, end }, chunk);
    return this.#sent(size);
  }

  write(chunk: Bytes): boolean {
    const size = chunk.byteLength;
    post({ type: 'chunk', chunk }, chunk);
    return this.#sent(size);
  }

  end(): void {
    post({ type: 'end' });
  }

  abort(): void {
    post({ type: 'broken' });
  }

  onDrain(callback: () => void): void {
    this.#onDrain = callback;
  }

  earlyHints(headers: readonly Header[]): void {
    post({ type: 'hints', headers });
  }

  finished(): void {
    current = undefined;
    post({ type: 'finished' });
  }

  taken(bytes: number): void {
    this.#underWay -= bytes;
    if (this.#underWay > HIGH_WATER / 2) return;
    const callback = this.#onDrain;
    this.#onDrain = undefined;
    callback?.();
  }

  #sent(bytes: number): boolean {
    this.#underWay += bytes;
    return this.#underWay < HIGH_WATER;
  }
}

interface Current {
  readonly exchange: Exchange;
  readonly writer: MessageWriter;
  readonly body: RequestBody | undefined;
}

let current: Current | undefined;

function begin(app: App, { values, requestId, hasBody, earlyHints }: Extract<ToThread, { type: 'request' }>): void {
  const environ = blankEnviron({
    multithread: true,
    multiprocess: values['tsgi.multiprocess'] === true,
    runOnce: false,
    // One request at a time in this thread.
    concurrent: false,
    serverSoftware: String(values['SERVER_SOFTWARE'] ?? ''),
    errors: createErrorStream((text) => post({ type: 'log', text })),
    earlyHints,
  });
  for (const [key, value] of Object.entries(values)) {
    if (key !== 'tsgi.multithread' && key !== 'tsgi.concurrent') environ[key] = value;
  }
  let body: RequestBody | undefined;
  if (hasBody) {
    const expected = environ.CONTENT_LENGTH === undefined ? undefined : Number(environ.CONTENT_LENGTH);
    body = new RequestBody({ expected, onWanted: () => post({ type: 'wanted' }) });
    environ['tsgi.input'] = body.input;
  }
  const writer = new MessageWriter();
  // Its own thread is told how the request ends; here only the log has to name it.
  const observer = requestId === undefined ? undefined : { requestId, ended() {} };
  const exchange = new Exchange(app, environ, writer, observer);
  current = { exchange, writer, body };
  exchange.run();
}

function take(message: Exclude<ToThread, { type: 'request' }>): void {
  const { exchange, writer, body } = current ?? {};
  switch (message.type) {
    case 'input':
      if (body?.push(message.chunk) === true && !body.complete) post({ type: 'wanted' });
      break;
    case 'inputEnd':
      body?.end();
      break;
    case 'inputFailed':
      body?.fail(errorOf(message.error));
      break;
    case 'taken':
      writer?.taken(message.bytes);
      break;
    default:
      exchange?.abort(new TsgiAbortError(message.reason));
      body?.discard();
  }
}

function errorOf({ message, code, isAbort, side, statusHint }: PassedError): TsgiError {
  if (isAbort) return new TsgiAbortError(message, { code });
  return new TsgiError(message, { code, side, ...(statusHint === undefined ? undefined : { statusHint }) });
}

async function load(): Promise<App> {
  const { module, name } = workerData as { module: string; name: string };
  const loaded: Record<string, unknown> = await import(module);
  const app = loaded[name];
  assertApp(app);
  return app;
}

load().then(
  (app) => {
    parentPort?.on('message', (message: ToThread) => {
      if (message.type === 'request') begin(app, message);
      else take(message);
    });
    post({ type: 'ready' });
  },
  (error: unknown) => {
    post({ type: 'cannotStart', error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    parentPort?.close();
  },
);
