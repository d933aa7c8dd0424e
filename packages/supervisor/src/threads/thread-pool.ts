import { isAbsolute, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { type App, type Body, type Environ, type StartResponse, TsgiError } from '@tsgi/core';
import { describeError } from '@tsgi/core/server';
import { type ChildEvents, Crew, type CrewChild } from '../crew/crew.ts';
import { PooledRequest, type RequestThread } from './pooled-request.ts';
import type { FromThread, ToThread } from './thread-messages.ts';

/** How a pool is kept. */
export interface ThreadPoolOptions {
  /** Threads that run the application, each with one request at a time. Default 2. */
  threads?: number;
  /** Requests that wait for a thread; a further one gets 503. Default 100. */
  queue?: number;
  /** The export that is the application. Default `default`. */
  name?: string;
  /** Takes lines about threads that died. Default: standard error. */
  log?(line: string): void;
}

/** An application that runs in other threads. */
export interface ThreadPoolApp extends App {
  /** Resolves when every thread serves; rejects when the application cannot be loaded. */
  readonly ready: Promise<void>;
  /** Ends the threads, running requests with them. */
  close(): Promise<void>;
}

const THREAD_MAIN = new URL(import.meta.url.endsWith('.ts') ? './thread-main.ts' : './thread-main.js', import.meta.url);

/** Seconds after which a client that found the queue full may try again. */
const RETRY_AFTER = '1';

/**
 * An application whose requests run in a pool of threads, on any wire: the connection stays in this thread, bodies stream
 * across, and a computation that takes long holds up its own thread only. A thread that dies takes its request along (500,
 * or an answer that is cut) and is replaced.
 *
 * The environ in the thread has what is text, numbers and booleans of the real one, and `tsgi.` keys of its own;
 * `tsgi.upgrade` does not cross.
 *
 * @param module the application's module: a path or a URL.
 * @throws RangeError for a number of threads below 1 or a queue below 0.
 */
export function threadPool(module: string | URL, options: ThreadPoolOptions = {}): ThreadPoolApp {
  const pool = new ThreadPool(urlOf(module), options);
  const app = (environ: Environ, startResponse: StartResponse): Promise<Body> | Body =>
    pool.run(environ, startResponse);
  return Object.assign(app, { ready: pool.ready, close: () => pool.close() });
}

function urlOf(module: string | URL): string {
  if (module instanceof URL || module.startsWith('file:')) return String(module);
  return pathToFileURL(isAbsolute(module) ? module : resolve(module)).href;
}

class ThreadPool {
  readonly ready: Promise<void>;
  readonly #module: string;
  readonly #name: string;
  readonly #longestQueue: number;
  readonly #crew: Crew;
  readonly #log: (line: string) => void;
  readonly #free: Thread[] = [];
  #queue: PooledRequest[] = [];
  #lastError = '';

  constructor(module: string, options: ThreadPoolOptions) {
    const { threads = 2, queue = 100, name = 'default', log = toStderr } = options;
    this.#module = module;
    this.#log = log;
    this.#name = name;
    this.#longestQueue = whole('queue', queue, 0);
    let onReady: () => void = () => {};
    this.#crew = new Crew({
      size: whole('threads', threads, 1),
      name: 'thread',
      grace: 0,
      log,
      start: (_id, events) => this.#start(events),
      onReady: () => onReady(),
    });
    this.ready = new Promise((resolve, reject) => {
      onReady = resolve;
      void this.#crew.ended.then(() => reject(this.#cannotStart()));
    });
    // Whoever does not ask learns it from the first request.
    this.ready.catch(() => {});
    this.#crew.start();
  }

  run(environ: Environ, startResponse: StartResponse): Promise<Body> | Body {
    const thread = this.#free.pop();
    const request = new PooledRequest(environ, startResponse);
    if (thread !== undefined) thread.run(request);
    else if (this.#crew.over) throw this.#cannotStart();
    else {
      // Who left while they waited make room.
      if (this.#queue.length >= this.#longestQueue) this.#queue = this.#queue.filter(({ over }) => !over);
      if (this.#queue.length >= this.#longestQueue) return busy(startResponse);
      this.#queue.push(request);
    }
    return request.answer;
  }

  async close(): Promise<void> {
    this.#crew.force();
    await this.#crew.ended;
  }

  #start(events: ChildEvents): CrewChild {
    const thread: Thread = new Thread(
      this.#module,
      this.#name,
      {
        ...events,
        ready: () => {
          events.ready();
          this.#isFree(thread);
        },
        gone: (code, signal) => {
          const at = this.#free.indexOf(thread);
          if (at !== -1) this.#free.splice(at, 1);
          events.gone(code, signal);
          if (this.#crew.over) for (const request of this.#queue.splice(0)) request.fail(this.#cannotStart());
        },
      },
      {
        free: () => this.#isFree(thread),
        cannotStart: (error) => {
          this.#lastError = error;
        },
        threw: (error) => this.#log(`the application threw outside of a request: ${describeError(error)}`),
      },
    );
    return thread;
  }

  #isFree(thread: Thread): void {
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      if (!next.over) return thread.run(next);
    }
    this.#free.push(thread);
  }

  #cannotStart(): TsgiError {
    const why = this.#lastError === '' ? 'the pool is closed' : this.#lastError;
    return new TsgiError(`the thread pool does not serve: ${why}`, { code: 'THREADS_ENDED', side: 'app' });
  }
}

interface ThreadEvents {
  free(): void;
  cannotStart(error: string): void;
  /** With no request that could say so in its own failure. */
  threw(error: unknown): void;
}

/** One thread of the pool. */
class Thread implements CrewChild, RequestThread {
  readonly #worker: Worker;
  readonly #events: ThreadEvents;
  #request: PooledRequest | undefined;

  constructor(module: string, name: string, life: ChildEvents, events: ThreadEvents) {
    this.#events = events;
    this.#worker = new Worker(THREAD_MAIN, { workerData: { module, name } });
    let cannotStart = false;
    let cause: unknown;
    this.#worker.on('message', (message: FromThread) => {
      if (message.type === 'ready') life.ready();
      else if (message.type === 'cannotStart') {
        cannotStart = true;
        events.cannotStart(message.error);
      } else this.#take(message);
    });
    this.#worker.on('error', (error) => {
      cause = error;
    });
    this.#worker.on('exit', (code) => {
      const request = this.#request;
      this.#request = undefined;
      if (request === undefined && cause !== undefined) events.threw(cause);
      request?.release();
      request?.fail(died(cause));
      life.gone(cannotStart ? 3 : code, null);
    });
    // What keeps the process alive is a server, not its threads.
    this.#worker.unref();
  }

  run(request: PooledRequest): void {
    this.#request = request;
    request.begin(this);
  }

  post(message: ToThread, transfer: readonly ArrayBuffer[]): void {
    this.#worker.postMessage(message, transfer);
  }

  drain(): void {
    void this.#worker.terminate();
  }

  kill(): void {
    void this.#worker.terminate();
  }

  #take(message: FromThread): void {
    this.#request?.take(message);
    if (message.type !== 'finished') return;
    this.#request?.release();
    this.#request = undefined;
    this.#events.free();
  }
}

/** What killed it is the application's: its own words and frames are what its author looks for. */
function died(cause: unknown): TsgiError {
  const why = cause instanceof Error ? `: ${cause.stack ?? cause.message}` : '';
  return new TsgiError(`the thread of the request died${why}`, { code: 'THREAD_DIED', side: 'app', cause });
}

function busy(startResponse: StartResponse): Body {
  startResponse('503 Service Unavailable', [
    ['Content-Type', 'text/plain; charset=utf-8'],
    ['Retry-After', RETRY_AFTER],
  ]);
  return [new TextEncoder().encode('503 Service Unavailable\n')];
}

function whole(name: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new RangeError(`${name}: expected a whole number from ${least}, found ${value}`);
}

function toStderr(line: string): void {
  process.stderr.write(`tsgi: ${line}\n`);
}
