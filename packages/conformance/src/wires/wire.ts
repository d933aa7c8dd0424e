/** The wires that the kit speaks itself. */
export type BuiltInWire = 'http' | 'http2' | 'fcgi' | 'scgi' | 'cgi';

/** What carries a request between the kit and the server under test, by name: one of the kit's, or a `WireClient`'s. */
export type Wire = string;

/**
 * What cases ask of a wire.
 *
 * - `any-http`: HTTP in any version.
 * - `connection-header`: its requests can say that they are HTTP/1.0, or name `Connection`: all but HTTP/2 (RFC 9113 §8.2.2).
 * - `meta-variables`: its requests are meta-variables (RFC 3875), not a request line and headers.
 * - `variables-on-the-wire`: they are not those of a process as well (R42).
 * - `socket`: its servers run on between requests.
 * - `repeated-headers`: a header that came twice can be sent twice.
 * - `any-bytes`: a variable can hold NUL.
 * - `unknown-length`: a body whose length nobody announced has an end.
 * - `length-ends-body`: only CONTENT_LENGTH ends a body; there is no other mark.
 * - `closing-ends-body`: a connection that ends with the answer does not tell an answer without a length from half of one,
 *   unless it is reset.
 */
export type WireKind =
  | 'any-http'
  | 'connection-header'
  | 'meta-variables'
  | 'variables-on-the-wire'
  | 'socket'
  | 'repeated-headers'
  | 'any-bytes'
  | 'unknown-length'
  | 'length-ends-body'
  | 'closing-ends-body';

/** What is known of a wire. */
export interface WireFacts {
  /** For the reports. */
  readonly title: string;
  /** Decides which cases its servers have to pass. */
  readonly kinds: readonly WireKind[];
}

/** Of a wire that is none of the kit's own; a `WireClient` is one. */
export interface NamedWire extends WireFacts {
  /** Also the scheme of its addresses. */
  readonly name: Wire;
}

const BUILT_IN: Readonly<Record<BuiltInWire, WireFacts>> = {
  http: {
    title: 'HTTP',
    kinds: [
      'any-http',
      'connection-header',
      'socket',
      'repeated-headers',
      'any-bytes',
      'unknown-length',
      'length-ends-body',
    ],
  },
  http2: { title: 'HTTP/2', kinds: ['any-http', 'socket', 'repeated-headers', 'any-bytes', 'unknown-length'] },
  fcgi: {
    title: 'FastCGI',
    kinds: [
      'connection-header',
      'meta-variables',
      'variables-on-the-wire',
      'socket',
      'repeated-headers',
      'any-bytes',
      'unknown-length',
    ],
  },
  scgi: {
    title: 'SCGI',
    kinds: [
      'connection-header',
      'meta-variables',
      'variables-on-the-wire',
      'socket',
      'length-ends-body',
      'closing-ends-body',
    ],
  },
  cgi: { title: 'CGI', kinds: ['connection-header', 'meta-variables', 'length-ends-body'] },
};

/** Whether the kit speaks this wire itself. */
export function isBuiltIn(wire: Wire): wire is BuiltInWire {
  return Object.hasOwn(BUILT_IN, wire);
}

/** Whether a wire is of a kind; `client` is the wire's, if it is none of the kit's own. */
export function isOfKind(wire: Wire, kind: WireKind, client?: NamedWire): boolean {
  return factsOf(wire, client).kinds.includes(kind);
}

/** What reports call a wire. */
export function titleOfWire(wire: Wire, client?: NamedWire): string {
  return factsOf(wire, client).title;
}

/** The name and the kinds of a wire: what a case's `wires` can say. */
export function namesOf(wire: Wire, client?: NamedWire): readonly string[] {
  return [wire, ...factsOf(wire, client).kinds];
}

function factsOf(wire: Wire, client: NamedWire | undefined): WireFacts {
  if (client !== undefined && client.name === wire) return client;
  if (isBuiltIn(wire)) return BUILT_IN[wire];
  throw new TypeError(`unknown wire "${wire}": expected ${Object.keys(BUILT_IN).join(', ')}, or a WireClient`);
}
