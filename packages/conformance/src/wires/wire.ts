/** What carries a request between the kit and the server under test. */
export type Wire = 'http' | 'http2' | 'fcgi' | 'scgi' | 'cgi';

/** HTTP in any version: `http` is HTTP/1. */
export const HTTP_WIRES: readonly Wire[] = ['http', 'http2'];

/** The wires whose requests can say that they are HTTP/1.0, or name `Connection`: all but HTTP/2 (RFC 9113 §8.2.2). */
export const HTTP_1_WIRES: readonly Wire[] = ['http', 'fcgi', 'scgi', 'cgi'];

/** The wires whose requests are meta-variables (RFC 3875), not a request line and headers. */
export const META_VARIABLE_WIRES: readonly Wire[] = ['fcgi', 'scgi', 'cgi'];

/** The wires of servers that run on between requests. */
export const SOCKET_WIRES: readonly Wire[] = ['http', 'http2', 'fcgi', 'scgi'];
