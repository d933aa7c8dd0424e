import type { IncomingBody } from './incoming-body.ts';
import type { ParsedRequest } from './codec/request-parser.ts';

/** Whether a connection goes on after its present request (RFC 9112 §9.3). */
export class Persistence {
  readonly #most: number;
  #requests = 0;
  #ending = false;

  /** @param most requests on this connection. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Another request begins. */
  count(): void {
    this.#requests += 1;
    if (this.#requests >= this.#most) this.#ending = true;
  }

  /** No request is begun after the present one. */
  end(): void {
    this.#ending = true;
  }

  /** The connection has served, and may serve no more. */
  get over(): boolean {
    return this.#ending && this.#requests > 0;
  }

  get served(): boolean {
    return this.#requests > 0;
  }

  /** Said in the head of a response: an unread body may cost more than the connection is worth. */
  keepsAlive(request: ParsedRequest | undefined, body: IncomingBody | undefined, responseEnds: boolean): boolean {
    if (this.#ending || request?.keepAlive !== true) return false;
    return body === undefined || !(body.withheld || (responseEnds && !body.drainable));
  }
}
