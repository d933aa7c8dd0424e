import { TsgiError } from '@tsgi/core';

/** A request that the peer got wrong: the one error that the codec throws. */
export function requestError(message: string, status = 400, code = 'BAD_REQUEST'): TsgiError {
  return new TsgiError(message, { code, side: 'peer', statusHint: status });
}
