/** What the codec bounds. */
export interface HeadLimits {
  /** Bytes of the request line and the headers together; of the trailers again. Beyond it: 431. Default 16 384, as Node. */
  headSize: number;
  /** Headers of one request; trailers again. Beyond it: 431. Default 100, as Apache httpd. */
  headerCount: number;
  /** Bytes of the request target. Beyond it: 414. Default 8 192, the most that nginx and Apache httpd take. */
  uriLength: number;
}

/** What a connection bounds. Times are milliseconds, sizes bytes; `Infinity` lifts a limit. */
export interface Limits extends HeadLimits {
  /** Bytes of a request's body. Beyond it: 413. Default: no limit, for a body is streamed and never kept whole. */
  maxBody: number;
  /** From the first byte of a head (or the connection's beginning) to its end. Beyond it: 408. Default 60 000, as nginx. */
  headersTimeout: number;
  /**
   * For a body while the application reads it: how long it may stand still, and what it may be late by altogether at
   * `minimumRate`. Beyond it: 408. Default 60 000.
   */
  requestTimeout: number;
  /** Bytes a second that every body must reach in the long run. Default 240, as Kestrel. */
  minimumRate: number;
  /** Between two requests. Default 5 000, as Node. */
  keepAliveTimeout: number;
  /** How long a reader of the response may stand still. Beyond it the connection is reset. Default 60 000, as nginx. */
  sendTimeout: number;
  /** Further requests find the connection closed. Default: no limit. */
  maxRequestsPerConnection: number;
  /** Bytes of further requests that are read while one is running; they wait unparsed. Default 65 536. */
  pipelineSize: number;
  /** Bytes of an unread body that are taken off the wire after the response, to keep the connection or to end it well. Default 1 048 576. */
  drainSize: number;
  /** How long that may take. Default 5 000, as nginx's `lingering_timeout`. */
  drainTimeout: number;
}

export const defaultLimits: Readonly<Limits> = {
  headSize: 16_384,
  headerCount: 100,
  uriLength: 8_192,
  maxBody: Infinity,
  headersTimeout: 60_000,
  requestTimeout: 60_000,
  minimumRate: 240,
  keepAliveTimeout: 5_000,
  sendTimeout: 60_000,
  maxRequestsPerConnection: Infinity,
  pipelineSize: 65_536,
  drainSize: 1_048_576,
  drainTimeout: 5_000,
};
