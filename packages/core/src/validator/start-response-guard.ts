import { isBytes, isPromiseLike } from '../body/body-iteration.ts';
import type { Bytes, StartResponse, Write } from '../contract/contract.ts';
import { TsgiError } from '../contract/errors.ts';
import { found, isError } from './found.ts';
import { checkResponseHead } from './head-checks.ts';
import type { Inspection } from './inspection.ts';
import { checkWrittenThrough } from './nesting.ts';

/** R79: that the peer is gone is no error of anybody's, and says so. */
function checkRejection(inspection: Inspection, reason: unknown): void {
  if (typeof reason === 'object' && reason !== null && 'name' in reason && reason.name === 'AbortError') return;
  inspection.reporter.placeless(
    'R79',
    'server',
    `write rejected with ${found(reason)}: expected a TsgiAbortError, and only because the peer is gone; a fault of the application is thrown at once`,
  );
}

/** The server's `write`, checked on both sides (R5, R7, R80, R87). */
function guardWrite(inspection: Inspection, write: Write): Write {
  const { reporter, response, seals } = inspection;
  return function guardedWrite(chunk: Bytes, ...surplus: unknown[]): Promise<void> {
    if (inspection.returned) {
      reporter.error(
        'R7',
        'app',
        'write was called after the application returned its body: yield the chunk there; write is for what comes before',
      );
    }
    if (surplus.length > 0) {
      reporter.error(
        'R5',
        'app',
        `write was called with ${surplus.length + 1} arguments: expected one chunk; it takes no encoding and no callback, and returns a promise`,
      );
    }
    inspection.checkSeals();
    inspection.hasWritten = true;
    response.chunk(chunk);
    checkWrittenThrough(inspection, chunk);
    const accepted: unknown = write(chunk);
    response.accepted();
    if (isBytes(chunk)) seals.add(chunk);
    if (isPromiseLike(accepted)) {
      Promise.resolve(accepted).then(undefined, (reason: unknown) => checkRejection(inspection, reason));
    } else {
      reporter.error(
        'R87',
        'server',
        `write returned ${found(accepted)}: expected a promise that resolves when more may be written`,
      );
    }
    // The server's own promise: it has handled its rejection already, for an application that does not await (R87).
    return accepted as Promise<void>;
  };
}

/** R72: what `startResponse` does with an `excInfo` that comes after the head. */
function checkNotThrown(inspection: Inspection, replaces: boolean): void {
  const { reporter, response } = inspection;
  // R76: a middleware may hold the response back and swallow it. After an abort, nothing is thrown.
  if (!replaces || !response.headSent || inspection.outer !== undefined || inspection.peerIsGone()) return;
  reporter.error(
    'R72',
    'server',
    'startResponse was called with excInfo after the head was sent, and returned: expected it to throw excInfo, so that the application stops',
  );
}

/** The server refuses a head that is no head, which it may do first. */
function isRefusal(thrown: unknown): boolean {
  return thrown instanceof TsgiError && thrown.rule !== undefined;
}

function checkThrown(inspection: Inspection, excInfo: unknown, thrown: unknown): void {
  const { reporter, response } = inspection;
  if (thrown === excInfo) {
    if (response.headSent) response.rethrew();
    else if (response.headUnsent && inspection.outer === undefined) {
      reporter.error(
        'R71',
        'server',
        'startResponse threw excInfo before anything was sent: expected it to replace status and headers',
      );
    }
  } else if (response.headSent && !isRefusal(thrown)) {
    reporter.error(
      'R72',
      'server',
      `startResponse was called with excInfo after the head was sent, and threw ${found(thrown)}: expected excInfo itself, the same object`,
    );
  }
}

/** The server's `startResponse`, checked on both sides (R2, R56 to R74). */
export function guardStartResponse(inspection: Inspection, startResponse: StartResponse): StartResponse {
  const { reporter, response } = inspection;
  return function guardedStartResponse(...args: unknown[]): Write {
    const [status, headers, excInfo] = args;
    if (args.length !== 2 && args.length !== 3) {
      reporter.error(
        'R2',
        'app',
        `startResponse was called with ${args.length} arguments: expected (status, headers) or (status, headers, excInfo)`,
      );
    }
    const replaces = excInfo !== undefined && excInfo !== null;
    const isDuplicate = response.startCalled && !replaces;
    // R65: a call counts even where its head is refused.
    if (isDuplicate) {
      reporter.error(
        'R70',
        'app',
        'startResponse was called again without excInfo: call it once; to answer with an error instead, pass what was caught as the third argument',
      );
    }
    if (replaces && !isError(excInfo)) {
      reporter.warning(
        'R74',
        'app',
        `excInfo is ${found(excInfo)}: expected an Error, whose stack tells where it came from`,
      );
    }
    if (!isDuplicate) {
      response.start(undefined);
      if (args.length >= 2) response.start(checkResponseHead(reporter, status, headers));
    }
    let write: unknown;
    try {
      write = Reflect.apply(startResponse, undefined, args);
    } catch (error) {
      if (replaces) checkThrown(inspection, excInfo, error);
      throw error;
    }
    checkNotThrown(inspection, replaces);
    response.stored();
    if (typeof write !== 'function') {
      reporter.error('R2', 'server', `startResponse returned ${found(write)}: expected a write function`);
      return write as Write;
    }
    return guardWrite(inspection, write as Write);
  };
}
