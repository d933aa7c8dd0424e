import type { App, Bytes, Environ, Header } from '../contract/contract.ts';
import { createErrorStream } from '../environ/error-stream.ts';
import { TsgiAbortError } from '../contract/errors.ts';
import { Exchange } from '../run/exchange.ts';
import { environFromHead } from '../environ/http-environ.ts';
import { MemoryWriter } from './memory-writer.ts';
import { RequestBody } from '../input/request-body.ts';

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
  const joined = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0));
  let offset = 0;
  for (const chunk of chunks) {
    joined.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return joined;
}

/**
 * An environ that has everything a server gives: `GET /` at `http://127.0.0.1/`, and whatever is asked for besides, as
 * `wsgiref.util.setup_testing_defaults`. Target and headers go through the builder that every server uses.
 *
 * @param log takes what is written to `tsgi.errors`. Default: nobody does.
 * @throws TsgiError (400) for a request that no server would pass on (R27, R31, R37).
 */
export function testEnviron(request: TestRequest = {}, log: (text: string) => void = () => {}): Environ {
  const given = request.headers ?? [];
  const hasHost = given.some(([name]) => name.toLowerCase() === 'host');
  const environ = environFromHead(
    {
      method: request.method ?? 'GET',
      target: request.target ?? '/',
      protocol: 'HTTP/1.1',
      headers: [...(hasHost ? [] : ['Host', '127.0.0.1']), ...given.flat()],
    },
    { scheme: 'http', serverName: '127.0.0.1', serverPort: '80', remoteAddress: '127.0.0.1' },
    {
      multithread: false,
      multiprocess: false,
      runOnce: false,
      concurrent: true,
      serverSoftware: 'tsgi-testing',
      errors: createErrorStream(log),
      earlyHints: true,
    },
  );
  const chunks = chunksOf(request.body);
  if (request.body !== undefined) {
    environ.CONTENT_LENGTH ??= String(chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0));
    // A longer length than the body's is a body that is cut short (R48).
    const body = new RequestBody({ expected: Number(environ.CONTENT_LENGTH) });
    for (const chunk of chunks) body.push(chunk);
    body.end();
    environ['tsgi.input'] = body.input;
  }
  return Object.assign(environ, request.environ);
}

/**
 * Calls an application in process, through the same run loop as every server, and waits until the request is torn down
 * (R98). Never rejects for what the application does: a failure is a 500, or `complete: false` after the head. Rejects
 * for a request that no server would pass on.
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
