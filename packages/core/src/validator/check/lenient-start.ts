import type { StartResponse } from '../../contract/contract.ts';
import { TsgiError } from '../../contract/errors.ts';

/** What the run loop says of a head that it refuses: R56 to R67. */
function isBadHead(error: unknown): error is TsgiError {
  const rule = error instanceof TsgiError ? Number(error.rule?.slice(1)) : Number.NaN;
  return rule >= 56 && rule <= 67;
}

/**
 * Takes a bad head, which the validator has reported, for a good one: so the application goes on, and one run finds what
 * else is wrong with it.
 */
export function lenientStart(startResponse: StartResponse): StartResponse {
  return (...args: unknown[]) => {
    try {
      return Reflect.apply(startResponse, undefined, args);
    } catch (error) {
      const [, , excInfo] = args;
      if (!isBadHead(error) || error === excInfo) throw error;
      return startResponse('200 OK', [], error);
    }
  };
}
