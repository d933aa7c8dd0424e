import type { Environ, Header } from './contract.ts';

/**
 * What watches a server, for a log or for figures: it is told of everything, and changes nothing but what it may. None of it
 * may throw, or take long: it is called on the way of every request.
 */
export interface ServerObserver {
  /**
   * A request begins, and the application is about to be called. It may give the environ variables.
   *
   * @param fromFrontEnd who sent it is a front end that is believed: over FastCGI, SCGI and CGI always.
   */
  begins(environ: Environ, fromFrontEnd: boolean): RequestObserver;
  /**
   * A request is refused, or a connection: no application hears of it.
   *
   * @param reason the code of the error: `BAD_REQUEST`, `TOO_MANY_CONNECTIONS`.
   * @param status that the peer is told; 0 where it is told nothing.
   * @param remoteAddress of the peer, where that is known.
   */
  refused(reason: string, status: number, remoteAddress?: string): void;
  /** A connection was accepted. */
  connected(connection: ObservedConnection): void;
}

/** A connection, as long as it is open. */
export interface ObservedConnection {
  /** So far. */
  readonly bytesRead: number;
  readonly bytesWritten: number;
  once(event: 'close', listener: () => void): unknown;
}

/** Watches one request. */
export interface RequestObserver {
  /** Stands in the lines of the log that are about this request. */
  readonly requestId: string | undefined;
  /** Called once, when the answer is on its way, or has no peer any more. What it is given holds during the call only. */
  ended(answer: ObservedAnswer): void;
}

/** What became of a request. */
export interface ObservedAnswer {
  /** 499 where the peer left before there was one, as nginx says; 101 where the connection speaks another protocol from there on. */
  readonly status: number;
  /** Bytes of the body that went to the peer, as far as it is known. */
  readonly bytes: number;
  /** As they were given to the wire, which adds its own. */
  readonly headers: readonly Header[];
  /** `left`: the peer was gone before it had all. `cut`: the answer failed after its head, and was not ended. */
  readonly outcome: 'whole' | 'left' | 'cut';
  /** Whether the connection goes on; `undefined` where the wire does not tell. */
  readonly keepsConnection: boolean | undefined;
}
