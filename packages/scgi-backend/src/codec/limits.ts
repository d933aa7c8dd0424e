/** Bounds on one SCGI header block. */
export interface ScgiLimits {
  /** Bytes of the header netstring's content. Default 131 072: web servers stop at 64 KiB and below. */
  headSize?: number;
  /** Name and value pairs. Default 1 000. */
  headerCount?: number;
}

/**
 * Departures from the SCGI specification that are refused unless named here. Each is one habit of hand-made clients;
 * all are off by default, because two parsers that disagree about a request are how requests are smuggled.
 */
export interface ScgiLeniency {
  /** `0070:`: zeros before the netstring's length. */
  leadingZeros?: boolean;
  /** Another byte in the place of the comma that ends the netstring; it is dropped. */
  missingComma?: boolean;
  /** The last value has no NUL after it. */
  missingNul?: boolean;
  /** Pairs with an empty name; they are dropped. */
  emptyNames?: boolean;
  /** A name twice; the later value holds. Repeated `HTTP_` names need no leniency: see `ScgiHeaderDecoder`. */
  duplicateNames?: boolean;
  /** No `SCGI` with the value `1`. */
  missingScgi?: boolean;
  /** CONTENT_LENGTH is not the first pair. */
  lateContentLength?: boolean;
  /** No CONTENT_LENGTH, or an empty one: the request has no body. */
  missingContentLength?: boolean;
}

export interface ScgiDecoderOptions extends ScgiLimits {
  lenient?: ScgiLeniency;
}
