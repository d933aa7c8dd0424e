import { createRequire } from 'node:module';

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
/** A chunk of 12345 bytes (hexadecimal), and the first of them. */
const PROBE = Buffer.from('POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n12345\r\nab');
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
/** Where a parser keeps how much is left of a chunk, in bytes from its beginning; -1 where that was not found. */
let remainingAt = -1;
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

/** One instance serves all connections: a parser inside it is some hundred bytes. */
function instantiate(): void {
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
  remainingAt = findRemaining(llhttp.llhttp_alloc(REQUEST));
}

/**
 * `content_length` of llhttp's `struct`, for which the build has no getter: looked for where it must be, twice, so that
 * another layout costs speed and nothing else.
 */
function findRemaining(parser: number): number {
  copyIn(PROBE);
  llhttp.llhttp_execute(parser, input, PROBE.length);
  const before = Array.from({ length: 16 }, (_, word) => uint64(parser + 4 * word));
  llhttp.llhttp_execute(parser, input + PROBE.length - 2, 2);
  const word = before.findIndex((left, index) => left === 0x12343 && uint64(parser + 4 * index) === 0x12341);
  return word === -1 ? -1 : 4 * word;
}

function uint64(at: number): number {
  let value = 0;
  for (let index = 7; index >= 0; index--) value = value * 256 + (memory[at + index] as number);
  return value;
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

/** llhttp, reading one request at a time: bytes in, `found` out, no I/O. */
export class RequestMachine {
  readonly #pointer: number = llhttp.llhttp_alloc(REQUEST);
  /** Why llhttp refused, in its own words; empty while it did not. */
  reason = '';

  /** Takes a parser from the pool, ready for a new message. Give it back with `release`. */
  static take(): RequestMachine {
    if (llhttp === undefined) instantiate();
    return idle.pop() ?? new RequestMachine();
  }

  release(): void {
    idle.push(this);
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

  /** After an `execute` that ended within the data of a chunk: how many more bytes of them follow, as far as is known. */
  get dataAhead(): number {
    return remainingAt === -1 ? 0 : uint64(this.#pointer + remainingAt);
  }

  /** Passes over bytes that `dataAhead` has announced: llhttp counts data and does not look at them. */
  skipData(length: number): void {
    for (let left = length; left > 0; left -= inputSize) {
      found.length = 0;
      llhttp.llhttp_execute(this.#pointer, input, Math.min(left, inputSize));
    }
  }
}

/** A C string. */
function text(pointer: number): string {
  const end = memory.indexOf(0, pointer);
  return String.fromCharCode(...memory.subarray(pointer, end));
}
