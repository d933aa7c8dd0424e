import { type ErrorStream, TsgiError } from '@tsgi/core';

/**
 * What a fault of the server's own is to its peer: a 500 that says no more (R78). The log is told the rest; one that fails
 * changes nothing.
 *
 * @returns the error itself when it is one that the peer may hear.
 */
export function internalError(error: unknown, errors: ErrorStream): TsgiError {
  if (error instanceof TsgiError && error.side === 'peer') return error;
  try {
    errors.write(`tsgi: internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  } catch {
    // There is nobody left to tell.
  }
  return new TsgiError('the server failed', { code: 'INTERNAL_ERROR', side: 'server', statusHint: 500 });
}
