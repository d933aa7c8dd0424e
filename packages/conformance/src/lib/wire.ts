/** What carries a request between the kit and the server under test. */
export type Wire = 'http' | 'fcgi' | 'scgi' | 'cgi';

/** The wires whose requests are meta-variables (RFC 3875), not a request line and headers. */
export const META_VARIABLE_WIRES: readonly Wire[] = ['fcgi', 'scgi', 'cgi'];

/** The wires of servers that run on between requests. */
export const SOCKET_WIRES: readonly Wire[] = ['http', 'fcgi', 'scgi'];
