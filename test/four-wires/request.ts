import fc from 'fast-check';

/** A request, as a client means it. */
export interface PlannedRequest {
  method: string;
  /** Percent-encoded. */
  path: string;
  /** Without its question mark; `undefined` when there is none. */
  query: string | undefined;
  /** Names and values; a name may repeat. */
  headers: [string, string][];
  /** Bytes of `bodyOf`: a counterexample prints a number, not a megabyte. */
  bodyLength: number;
  chunked: boolean;
}

/** What `random-app.js` is told to do. */
export interface Plan {
  shape: 'array' | 'promise' | 'generator' | 'asyncGenerator' | 'write';
  status: string;
  headers: [string, string][];
  /** startResponse is called inside the first iteration. */
  late: boolean;
  chunks: number[];
  announced: boolean;
  failure: 'none' | 'before' | 'after';
  replaced: boolean;
  reads: boolean;
}

const method = fc.constantFrom(
  'GET',
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'PROPFIND',
  'M-SEARCH',
  'FOO',
);

// No NUL: no process environment can hold one.
const byte = fc.integer({ min: 1, max: 255 });
const segment = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.constantFrom('a', 'B', '7', '-', '~', '.', ';', '=', '+', ',', '@', ':', '%2F', '%25', '%3F'),
    },
    { weight: 1, arbitrary: byte.map((value) => `%${value.toString(16).padStart(2, '0')}`) },
  ),
  { maxLength: 6 },
);
const path = fc
  .array(
    segment.map((parts) => parts.join('')),
    { minLength: 1, maxLength: 4 },
  )
  .map((parts) => `/${parts.join('/')}`);
const query = fc.option(fc.stringMatching(/^[a-z0-9&=?%/]{0,20}$/), { nil: undefined });

// A value has no white space around it: every parser takes that off.
const value = fc.stringMatching(/^(?:[!-~\u0080-\u00ff](?:[ -~\t\u0080-\u00ff]{0,30}[!-~\u0080-\u00ff])?)?$/);
const requestHeader = fc.tuple(
  fc.constantFrom('X-A', 'x-b', 'Accept', 'Cookie', 'User-Agent', 'X-Empty', 'If-Match'),
  value,
);
const responseHeader = fc.tuple(fc.constantFrom('Content-Type', 'Set-Cookie', 'x-thing', 'ETag', 'Location'), value);

const size = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 300 }) },
  { weight: 2, arbitrary: fc.constantFrom(0, 65_535, 65_536, 70_000) },
  { weight: 1, arbitrary: fc.constantFrom(1 << 20, (1 << 20) - 1) },
);

/** A request, body up to 1 MiB. */
export const plannedRequest: fc.Arbitrary<PlannedRequest> = fc.record({
  method,
  path,
  query,
  headers: fc.array(requestHeader, { maxLength: 5 }),
  bodyLength: size,
  chunked: fc.boolean(),
});

/** The bytes of a request's body. */
export function bodyOf(request: PlannedRequest): Uint8Array {
  return Uint8Array.from({ length: request.bodyLength }, (_, index) => (index * 13 + 5) & 255);
}

/** An application's behaviour. */
export const plan: fc.Arbitrary<Plan> = fc.record({
  shape: fc.constantFrom('array', 'promise', 'generator', 'asyncGenerator', 'write'),
  status: fc.constantFrom(
    '200 OK',
    '201 Created',
    '404 Not Found',
    '204 No Content',
    '304 Not Modified',
    '500 Oh No',
    '299 ',
  ),
  headers: fc.array(responseHeader, { maxLength: 4 }).map(singletons),
  late: fc.boolean(),
  chunks: fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 400 }), fc.constantFrom(65_536, 100_000)), {
    maxLength: 5,
  }),
  announced: fc.boolean(),
  failure: fc.constantFrom('none', 'none', 'none', 'before', 'after'),
  replaced: fc.boolean(),
  reads: fc.boolean(),
});

/** Set-Cookie repeats in an answer; a CGI response's Content-Type and Location do not (RFC 3875 §6.3). */
function singletons(headers: [string, string][]): [string, string][] {
  const seen = new Set<string>();
  return headers.filter(([name]) => name === 'Set-Cookie' || (!seen.has(name) && seen.add(name)));
}
