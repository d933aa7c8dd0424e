import { createRequire } from 'node:module';
import type { Bytes } from '@tsgi/core';

/** What llhttp found between two offsets of the bytes it was fed. */
export const FIELD = 0;
export const VALUE = 1;
export const BODY = 2;

/** As much of it as is used here; neither Node's types nor the language's declare it. */
interface WasmModule {
  readonly [Symbol.toStringTag]: 'WebAssembly.Module';
}
declare const WebAssembly: {
  Module: new (binary: Uint8Array) => WasmModule;
  Instance: new (module: WasmModule, imports: object) => { exports: object };
};

/** The part of undici's WebAssembly build that we call; `test/llhttp.test.ts` pins it. */
interface LlhttpExports {
  memory: { buffer: ArrayBuffer };
  _initialize(): void;
  malloc(size: number): number;
  free(pointer: number): void;
  llhttp_alloc(type: number): number;
  llhttp_reset(parser: number): void;
  llhttp_execute(parser: number, input: number, length: number): number;
  llhttp_get_error_pos(parser: number): number;
  llhttp_get_error_reason(parser: number): number;
}

const REQUEST = 1;
const OK = 0;
const PAUSED = 21;
const PAUSED_UPGRADE = 22;
/** Room for the bytes that are fed; it grows for a longer head. */
let inputSize = 65_536;

/** What the last `execute` found; overwritten by the next one, of any parser: execution is synchronous. */
export interface Found {
  /** Triples of kind, start and end, the offsets counted in the bytes that were fed. */
  readonly spans: number[];
  /** Used length of `spans`; the array keeps its room, because `length = 0` would give it back. */
  length: number;
  headersComplete: boolean;
  messageComplete: boolean;
}

export const found: Found = {
  spans: [],
  length: 0,
  headersComplete: false,
  messageComplete: false,
};

let llhttp: LlhttpExports;
let memory: Uint8Array;
let input = 0;
let loaded = false;
/** Parsers that are kept for the next requests, when there were more of them at a time. */
const MOST_IDLE = 256;
const idle: RequestMachine[] = [];

function span(kind: number, at: number, length: number): number {
  const { spans } = found;
  let next = found.length;
  spans[next++] = kind;
  spans[next++] = at - input;
  spans[next++] = at - input + length;
  found.length = next;
  return OK;
}

const callbacks = {
  env: {
    wasm_on_message_begin: (): number => OK,
    wasm_on_url: (): number => OK,
    wasm_on_status: (): number => OK,
    wasm_on_header_field: (_parser: number, at: number, length: number): number => span(FIELD, at, length),
    wasm_on_header_value: (_parser: number, at: number, length: number): number => span(VALUE, at, length),
    wasm_on_headers_complete: (): number => {
      found.headersComplete = true;
      return OK;
    },
    wasm_on_body: (_parser: number, at: number, length: number): number => span(BODY, at, length),
    wasm_on_message_complete: (): number => {
      found.messageComplete = true;
      // What follows is another message: an error in it must not pre-empt this one.
      return PAUSED;
    },
  },
};

/**
 * Loads llhttp, once. One instance serves all connections: a parser inside it is some hundred bytes. A server calls this before
 * its first request, which must not be what finds out that a file cannot be read or opened.
 */
export function loadLlhttp(): void {
  if (loaded) return;
  const require = createRequire(import.meta.url);
  let module: WasmModule;
  try {
    module = new WebAssembly.Module(wasm(require('undici/lib/llhttp/llhttp_simd-wasm.js')));
  } catch {
    // A processor without the vector instructions that the faster build needs.
    module = new WebAssembly.Module(wasm(require('undici/lib/llhttp/llhttp-wasm.js')));
  }
  llhttp = new WebAssembly.Instance(module, callbacks).exports as LlhttpExports;
  llhttp._initialize();
  input = llhttp.malloc(inputSize);
  memory = new Uint8Array(llhttp.memory.buffer);
  loaded = true;
}

function wasm(binary: unknown): Uint8Array {
  if (!(binary instanceof Uint8Array)) throw new TypeError('undici: lib/llhttp holds no WebAssembly binary');
  return binary;
}

function copyIn(bytes: Uint8Array): void {
  if (bytes.length > inputSize) {
    llhttp.free(input);
    inputSize = bytes.length;
    input = llhttp.malloc(inputSize);
  }
  // The memory grows when something is allocated in it, which detaches the old view.
  if (memory.length === 0) memory = new Uint8Array(llhttp.memory.buffer);
  memory.set(bytes, input);
}

/**
 * Of any view of bytes, as Node's own code calls it: a Buffer around the view, or `toString` and its look-up of the
 * encoding's name, cost as much again for the few bytes of a request.
 */
const { latin1Slice } = Buffer.prototype as unknown as {
  latin1Slice(this: Bytes, start: number, end: number): string;
};

/** Bytes as a byte string (R23). */
export function latin1(bytes: Bytes, start: number, end: number): string {
  return latin1Slice.call(bytes, start, end);
}

/** llhttp, reading one request at a time: bytes in, `found` out, no I/O. */
export class RequestMachine {
  readonly #pointer: number = llhttp.llhttp_alloc(REQUEST);
  /** Why llhttp refused, in its own words; empty while it did not. */
  reason = '';

  /** Takes a parser from the pool, ready for a new message. Give it back with `release`. */
  static take(): RequestMachine {
    loadLlhttp();
    return idle.pop() ?? new RequestMachine();
  }

  release(): void {
    if (idle.length < MOST_IDLE) idle.push(this);
    else llhttp.free(this.#pointer);
  }

  /** Forgets the message before. */
  start(): void {
    llhttp.llhttp_reset(this.#pointer);
    this.reason = '';
  }

  /**
   * Feeds bytes. Stops behind the end of a message.
   *
   * @returns how many bytes were read; -1 when llhttp refused them, with `reason` set.
   */
  execute(bytes: Uint8Array): number {
    found.length = 0;
    found.headersComplete = false;
    found.messageComplete = false;
    copyIn(bytes);
    const code = llhttp.llhttp_execute(this.#pointer, input, bytes.length);
    if (code === OK) return bytes.length;
    if (code === PAUSED || code === PAUSED_UPGRADE) return llhttp.llhttp_get_error_pos(this.#pointer) - input;
    this.reason = text(llhttp.llhttp_get_error_reason(this.#pointer));
    return -1;
  }
}

/** A C string. */
function text(pointer: number): string {
  const end = memory.indexOf(0, pointer);
  return String.fromCharCode(...memory.subarray(pointer, end));
}
