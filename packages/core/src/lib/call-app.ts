import { byteStringToBytes, bytesToByteString } from './byte-strings.ts';
import type { App, Bytes, Environ, Header } from './contract.ts';
import { blankEnviron } from './environ.ts';
import { createErrorStream } from './error-stream.ts';
import { TsgiAbortError } from './errors.ts';
import { Exchange } from './exchange.ts';
import { MemoryWriter } from './memory-writer.ts';
import { percentDecode } from './percent-encoding.ts';
import { RequestBody } from './request-body.ts';

/** A request for an application under test. Everything has a default. */
export interface TestRequest {
  /** Default `GET`. */
  method?: string;
  /** Path and query, percent-encoded. Default `/`. */
  target?: string;
  headers?: readonly Header[];
  /** Text goes out as UTF-8. Default: none. */
  body?: Bytes | string | readonly Bytes[];
  /** Any other key of the environ, and changes to those that the request makes. */
  environ?: Readonly<Record<string, unknown>>;
  /** Aborting it is the peer's going away. */
  signal?: AbortSignal;
}

/** What an application answered in process. */
export interface TestResponse {
  /** `'200 OK'`. */
  status: string;
  headers: Header[];
  /** The chunks as the application made them, but for empty ones. */
  chunks: Bytes[];
  body: Bytes;
  /** The body as UTF-8. */
  text: string;
  /** Whether the response ended, or was cut off after its head, as a peer would see it. */
  complete: boolean;
  /** What the application and the run loop wrote to `tsgi.errors`. */
  errors: string;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function chunksOf(body: TestRequest['body']): readonly Bytes[] {
  if (body === undefined) return [];
  if (typeof body === 'string') return [encoder.encode(body)];
  return body instanceof Uint8Array ? [body] : body;
}

function join(chunks: readonly Bytes[]): Bytes {
  return byteStringToBytes(chunks.map(bytesToByteString).join(''));
}

/**
 * An environ that has everything a server gives: `GET /` at `http://127.0.0.1/`, and whatever is asked for besides, as
 * `wsgiref.util.setup_testing_defaults`.
 *
 * @param log takes what is written to `tsgi.errors`. Default: nobody does.
 */
export function testEnviron(request: TestRequest = {}, log: (text: string) => void = () => {}): Environ {
  const environ = blankEnviron({
    multithread: false,
    multiprocess: false,
    runOnce: false,
    concurrent: true,
    serverSoftware: 'tsgi-testing',
    errors: createErrorStream(log),
    earlyHints: true,
  });
  const target = request.target ?? '/';
  const [path = '', ...query] = target.split('?');
  environ.REQUEST_METHOD = request.method ?? 'GET';
  environ.REQUEST_URI = target;
  environ.PATH_INFO = percentDecode(path);
  environ.QUERY_STRING = query.join('?');
  environ.SERVER_NAME = '127.0.0.1';
  environ.SERVER_PORT = '80';
  environ.SERVER_PROTOCOL = 'HTTP/1.1';
  environ.REMOTE_ADDR = '127.0.0.1';
  environ.HTTP_HOST = '127.0.0.1';
  for (const [name, value] of request.headers ?? []) {
    const key = name.toUpperCase().replaceAll('-', '_');
    environ[key === 'CONTENT_TYPE' || key === 'CONTENT_LENGTH' ? key : `HTTP_${key}`] = value;
  }
  const chunks = chunksOf(request.body);
  if (request.body !== undefined) {
    const length = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
    const body = new RequestBody({ expected: length });
    for (const chunk of chunks) body.push(chunk);
    body.end();
    environ['tsgi.input'] = body.input;
    environ.CONTENT_LENGTH ??= String(length);
  }
  return Object.assign(environ, request.environ);
}

/**
 * Calls an application in process, through the same run loop as every server, and waits until the request is torn down
 * (R98). Never rejects for what the application does: a failure is a 500, or `complete: false` after the head.
 */
export async function callApp(app: App, request: TestRequest = {}): Promise<TestResponse> {
  let errors = '';
  const environ = testEnviron(request, (text) => {
    errors += text;
  });
  const writer = await new Promise<MemoryWriter>((resolve) => {
    const memory: MemoryWriter = new MemoryWriter(() => resolve(memory));
    const exchange = new Exchange(app, environ, memory);
    const gone = (): void => exchange.abort(new TsgiAbortError('the peer closed the connection'));
    if (request.signal?.aborted === true) gone();
    else request.signal?.addEventListener('abort', gone, { once: true });
    exchange.run();
  });
  const body = join(writer.chunks);
  return {
    status: writer.head?.status ?? '',
    headers: [...(writer.head?.headers ?? [])],
    chunks: writer.chunks,
    body,
    text: decoder.decode(body),
    complete: writer.outcome === 'ended',
    errors,
  };
}
