import { TsgiError } from '../contract/errors.ts';

/** What a gateway fails with: nobody's fault in this process. `statusHint` is what to answer. */
export function gatewayError(code: string, statusHint: number, message: string, cause?: unknown): TsgiError {
  return new TsgiError(message, { code, side: 'peer', statusHint, cause });
}
