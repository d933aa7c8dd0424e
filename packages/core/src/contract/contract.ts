/** Bytes. `Buffer` is one; an array over a `SharedArrayBuffer` is refused (design: ownership). */
export type Bytes = Uint8Array;

/** One response header: a token and a byte string, sent separately and in order (R57, R63). */
export type Header = [name: string, value: string];

/**
 * What an application returns: its body, chunk by chunk.
 *
 * The server pulls: it takes the next chunk when the wire has accepted the last one (R12). Where both symbols are
 * present, `Symbol.asyncIterator` is used. `close()` is called exactly once, on this object, on every path (R15).
 */
export type Body = (Iterable<Bytes> | AsyncIterable<Bytes>) & { close?(): void | PromiseLike<void> };

/**
 * Sends one chunk before the body (R7).
 *
 * @returns a promise that resolves when more may be written, and rejects only because the peer is gone. It need not be
 *   awaited: chunks are queued in order (R87).
 * @throws TsgiError at once for a fault of the application: not bytes (R5), after the application returned (R7), more
 *   than Content-Length (R80).
 */
export type Write = (chunk: Bytes) => Promise<void>;

/**
 * Stores status and headers; nothing is sent before the first non-empty chunk, or the end (R68).
 *
 * @param status `'NNN Reason'`, 200 to 999, no control characters (R56, R67).
 * @param headers copied at the call; names are tokens, values byte strings (R57 to R61).
 * @param excInfo neither `undefined` nor `null`: what went wrong. Replaces status, headers and all state derived from
 *   them while nothing was sent (R71); afterwards it is thrown, the same object (R72).
 * @throws TsgiError for a bad head (R56 to R66), and for a second call without `excInfo` (R70).
 *
 * An error that is found late becomes a proper answer while nothing was sent, and cuts the answer off afterwards: then this
 * call throws, and what it throws is let through (R73).
 *
 * ```ts
 * try {
 *   yield* page();
 * } catch (error) {
 *   startResponse('500 Internal Server Error', [['Content-Type', 'text/plain']], error); // throws it, once the head is out
 *   yield encoder.encode('Sorry\n');
 * }
 * ```
 */
export type StartResponse = (status: string, headers: Header[], excInfo?: unknown) => Write;

/**
 * The application: one function, called once a request, with exactly these two arguments (R1). It may answer at once, in a
 * promise, or chunk by chunk:
 *
 * ```ts
 * const app: App = async function* (environ, startResponse) {
 *   startResponse('200 OK', [['Content-Type', 'text/plain; charset=utf-8']]);
 *   for await (const row of rows) yield encoder.encode(`${row}\n`);
 * };
 * ```
 *
 * Wrong, since all of it waits in memory, and nobody closes what was opened when the peer goes:
 *
 * ```ts
 * const file = await open(path);
 * startResponse('200 OK', []);
 * return [await file.readFile()];
 * ```
 *
 * Right: the server takes a block when the last one is on its way, and closes the body on every path (R12, R15):
 *
 * ```ts
 * startResponse('200 OK', []);
 * return new FileWrapper(await open(path));
 * ```
 *
 * A middleware is a function from App to App. What it does not use it passes on as it came, and a body that it replaces it
 * closes (R17). Wrong: `return transform(body)`. Right:
 *
 * ```ts
 * const body = await app(environ, startResponse);
 * return Object.assign(transform(body), { close: () => body.close?.() });
 * ```
 */
export type App = (environ: Environ, startResponse: StartResponse) => Body | PromiseLike<Body>;

/**
 * The request body (R43 to R54). It ends by itself; a body that was cut short rejects with a `TsgiAbortError` and never
 * looks complete (R48, R50). One read at a time: a second one that overlaps rejects (R54).
 */
export interface Input extends AsyncIterable<Bytes> {
  /** 1 to `size` bytes, and an empty array only at the end; without `size`, all the rest (R44 to R46). */
  read(size?: number): Promise<Bytes>;
  /** Up to and with the next LF, at most `size` bytes; empty only at the end. */
  readline(size?: number): Promise<Bytes>;
  /** The lines of the rest; with `hint`, no more lines once that many bytes were gathered. */
  readlines(hint?: number): Promise<Bytes[]>;
}

/** Where an application reports its errors: text, never bytes (R55). */
export interface ErrorStream {
  write(text: string): void;
  writelines(texts: Iterable<string>): void;
  flush(): void;
}

/** Sends a 103 with these headers where the wire can carry one; they are checked like a response's (R67). */
export type EarlyHints = (headers: Header[]) => void;

/**
 * Sends the stored head now, before the first byte of the body: for a stream that is slow to begin (R103). Does nothing
 * once the head is out, or the response over. Afterwards `excInfo` is thrown (R72).
 *
 * @param startResponse the application's own (R91).
 * @throws TsgiError when there is no head yet (R6), or a middleware has put another `startResponse` in its place (R91).
 */
export type SendHead = (startResponse: StartResponse) => void;

/** Run once after the response, on every path (R92, R98). */
export type AfterResponse = () => void | PromiseLike<void>;

/**
 * The request. Keys without a dot are CGI variables: byte strings, each character one byte (R22, R23). Keys with a dot
 * are extensions; `tsgi.` is reserved. The object is mutable and extensible, and nothing is inherited from
 * `Object.prototype` (R20). Copy it with `copyEnviron`, never by spreading: some `tsgi.` keys are accessors.
 */
export interface Environ {
  /** A token, case kept (R25). */
  REQUEST_METHOD: string;
  /** Empty, or begins with `/` and is not `/` (R26). */
  SCRIPT_NAME: string;
  /** Percent-decoded exactly once; empty or begins with `/`, but for `OPTIONS *` and CONNECT (R27, R29). */
  PATH_INFO: string;
  /** All after the first `?`, undecoded; empty when there is none (R30). */
  QUERY_STRING: string;
  /** The request target as it came: the only undecoded path (R29). */
  REQUEST_URI: string;
  /** A host without its port (R32). */
  SERVER_NAME: string;
  /** Decimal digits (R32). */
  SERVER_PORT: string;
  /** `HTTP/1.1` and the like (R33). */
  SERVER_PROTOCOL: string;
  /** Absent when the client sent none (R34). */
  CONTENT_TYPE?: string;
  /** Decimal digits; absent when the length is not known beforehand, as with a chunked body (R31, R50). */
  CONTENT_LENGTH?: string;
  REMOTE_ADDR?: string;
  REMOTE_PORT?: string;
  /**
   * A request header; present if and only if the client sent it (R34). Wrong: `environ.HTTP_COOKIE.split('; ')`. Right:
   * `environ.HTTP_COOKIE?.split('; ') ?? []`.
   */
  [header: `HTTP_${string}`]: string | undefined;

  'tsgi.version': readonly [1, 0];
  /** Of the last hop (R39). */
  'tsgi.url_scheme': 'http' | 'https';
  'tsgi.input': Input;
  'tsgi.input_terminated': true;
  'tsgi.errors': ErrorStream;
  'tsgi.multithread': boolean;
  'tsgi.multiprocess': boolean;
  'tsgi.run_once': boolean;
  /** Other requests may run in this thread while this one awaits (R41). */
  'tsgi.concurrent': boolean;
  /** Aborted when the peer is gone and the response is not finished; never otherwise (R18). */
  readonly 'tsgi.signal': AbortSignal;
  /** Makes a body of a file; a backend may send it its fastest way (R88). */
  'tsgi.file_wrapper'?: (file: FileLike, blockSize?: number) => Body;
  /** Absent where the wire cannot carry a 103. */
  readonly 'tsgi.early_hints'?: EarlyHints;
  /** Absent where a server cannot send a head by itself. */
  readonly 'tsgi.send_head'?: SendHead;
  /** Whether a body comes, of known length or not (R104). */
  readonly 'tsgi.has_body': boolean;
  /** Pushed to, never replaced (R92). */
  readonly 'tsgi.after_response': AfterResponse[];
  [key: string]: unknown;
}

/** What `tsgi.file_wrapper` takes: anything that can be read piece by piece (R88). */
export type FileLike =
  | { read(size: number): Bytes | string | null | undefined | PromiseLike<Bytes | null | undefined>; close?(): unknown }
  | {
      read(options: { buffer: Bytes }): PromiseLike<{ bytesRead: number; buffer: Bytes }>;
      fd: number;
      close?(): unknown;
    }
  | (AsyncIterable<Bytes> & { close?(): unknown });
