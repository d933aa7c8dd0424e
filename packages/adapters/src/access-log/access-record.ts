import type { Environ, Header } from '@tsgi/core';

/** What is known of a request when it is over. */
export interface AccessRecord {
  /** As the application left it; with no key but REMOTE_ADDR for a request that it never saw. */
  readonly environ: Partial<Environ>;
  /** As they came, whatever a middleware has made of them; empty for a request that the application never saw. */
  readonly method: string;
  readonly target: string;
  readonly protocol: string;
  /** 499 where the client left before there was one, as nginx says; 0 for one that was told nothing. */
  readonly status: number;
  /** Bytes of the body that went to the client; `undefined` where a length was announced only. */
  readonly bytes: number | undefined;
  /** When the request began, in milliseconds since 1970. */
  readonly began: number;
  /** Milliseconds from there to the end of the response. */
  readonly duration: number;
  /** The client has not had all of the answer: it left, or the answer broke off. */
  readonly aborted: boolean;
  /** Headers of the answer, as they were given to the server. */
  readonly headers: readonly Header[];
  /** What the log and the application call the request by; `undefined` where it has no name. */
  readonly requestId: string | undefined;
  /** Whoever made that name knows that nothing in it needs an escape. */
  readonly isPlainId: boolean;
  /** Whether the connection goes on; `undefined` where that is not known. */
  readonly keepsConnection: boolean | undefined;
  /** Why it was refused, a code such as `HEADERS_TIMEOUT`; `undefined` for one that an application answered. */
  readonly refused: string | undefined;
}
