import { TsgiError } from '@tsgi/core';

/** A fault of the server behind the gateway, or a limit of the gateway itself; `statusHint` is what to answer. */
export function gatewayError(code: string, statusHint: number, message: string, cause?: unknown): TsgiError {
  return new TsgiError(message, { code, side: 'peer', statusHint, cause });
}
