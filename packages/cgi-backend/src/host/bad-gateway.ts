import type { TsgiError } from '@tsgi/core';
import { gatewayError } from '@tsgi/core/forward';

/** The program is at fault. */
export function badGateway(code: string, message: string, cause?: unknown): TsgiError {
  return gatewayError(code, 502, message, cause);
}
