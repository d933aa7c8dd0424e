import { TsgiError } from '@tsgi/core';

/** A failure of a gateway: nobody's fault in this process. */
export function gatewayError(code: string, statusHint: number, message: string, cause?: unknown): TsgiError {
  return new TsgiError(message, { code, side: 'peer', statusHint, cause });
}

/** The program is at fault. */
export function badGateway(code: string, message: string, cause?: unknown): TsgiError {
  return gatewayError(code, 502, message, cause);
}
