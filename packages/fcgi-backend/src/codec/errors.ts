import { TsgiError } from '@tsgi/core';

/** The peer broke the framing: nothing that follows can be trusted, so the connection has to be closed. */
export function brokenFraming(code: string, message: string): TsgiError {
  return new TsgiError(message, { code, side: 'peer', rule: 'R95' });
}
