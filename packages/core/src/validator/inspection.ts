import { countedBytes } from '../contract/errors.ts';
import type { Environ, ErrorStream } from '../contract/contract.ts';
import { ChunkSeals } from './chunk-seals.ts';
import type { Layer } from './nesting.ts';
import { Reporter, type OnViolation } from './reporter.ts';
import { ResponseWatch } from './response-watch.ts';

function textOf(environ: Environ, key: string): string {
  const value = environ[key];
  return typeof value === 'string' ? value : '';
}

function errorStreamOf(environ: Environ): ErrorStream | undefined {
  const errors: unknown = environ['tsgi.errors'];
  return typeof errors === 'object' && errors !== null && 'write' in errors && typeof errors.write === 'function'
    ? (errors as ErrorStream)
    : undefined;
}

/** One request under inspection: what all its guards share. */
export class Inspection implements Layer {
  /** As the server handed it over. */
  readonly environ: Environ;
  readonly reporter: Reporter;
  readonly response: ResponseWatch;
  readonly seals: ChunkSeals = new ChunkSeals();
  readonly outer: Layer | undefined;
  readonly inners: Layer[] = [];
  readonly handed: WeakSet<object> | undefined;
  chunksOut = 0;
  bodyIterations = 0;
  bodyIsOpen = false;
  /** The application has returned its body, or its promise has settled. */
  returned = false;
  hasWritten = false;
  #sealsBroken = false;

  constructor(environ: Environ, outer: Layer | undefined, onViolation: OnViolation | undefined) {
    const method = textOf(environ, 'REQUEST_METHOD');
    const uri = textOf(environ, 'REQUEST_URI') || textOf(environ, 'SCRIPT_NAME') + textOf(environ, 'PATH_INFO');
    this.environ = environ;
    this.outer = outer;
    this.handed = outer === undefined ? undefined : new WeakSet();
    outer?.inners.push(this);
    this.reporter = new Reporter({ method, uri, environ }, errorStreamOf(environ), onViolation);
    this.response = new ResponseWatch(this.reporter, method === 'HEAD', () => this.peerIsGone());
  }

  /** Asks `tsgi.signal`, which costs: only where something looks wrong. */
  peerIsGone(): boolean {
    const signal: unknown = this.environ['tsgi.signal'];
    return typeof signal === 'object' && signal !== null && 'aborted' in signal && signal.aborted === true;
  }

  /**
   * R99, for the time that the caller held the chunks. They are its own by then: a middleware may change them in place. A
   * server has no reason to.
   */
  checkHeldSeals(): void {
    if (this.outer === undefined) this.checkSeals();
    else this.seals.renew();
  }

  /** R99. */
  checkSeals(): void {
    if (this.#sealsBroken) return;
    const length = this.seals.broken();
    if (length === undefined) return;
    this.#sealsBroken = true;
    this.reporter.error(
      'R99',
      'app',
      `a chunk of ${countedBytes(length)} was changed after it was handed over, when it may not have been sent: make a new array for each chunk, or hand over chunk.slice()`,
    );
  }
}
