import { type Environ, TsgiError } from '@tsgi/core';
import { declaredLength, environFromVariables } from '@tsgi/core/cgi';
import { IncomingStream } from './incoming-stream.ts';
import type { ServerRequest } from './server-request.ts';
import type { ServerSettings } from './server-settings.ts';
import { StderrStream } from './stderr-stream.ts';

const DIGITS = /^\d{1,15}$/;

/**
 * The environ of a request whose PARAMS have ended, with the bodies that its role has.
 *
 * @param stdinEnded STDIN was empty: most requests have no body, and need nothing to carry one.
 * @param onWanted the application waits for bytes of a body, or has made room.
 * @throws TsgiError (400) for a malformed request.
 */
export function environOf(
  request: ServerRequest,
  variables: readonly string[],
  settings: ServerSettings,
  stdinEnded: boolean,
  onWanted: () => void,
): Environ {
  const environ = environFromVariables(variables, settings.traits, { minusOneIsUnknown: true });
  environ['tsgi.fcgi_role'] = request.role;
  if (settings.stderr) environ['tsgi.errors'] = new StderrStream((text) => request.writeError(text));
  // Section 6.3: an authorizer is told of no body, and some web servers then send no STDIN at all (mod_authnz_fcgi).
  if (request.role === 'AUTHORIZER') {
    delete environ.CONTENT_LENGTH;
    return environ;
  }
  const expected = declaredLength(environ);
  if (!stdinEnded || (expected ?? 0) > 0) {
    request.stdin = new IncomingStream(expected, onWanted);
    environ['tsgi.input'] = request.stdin.body.input;
    if (stdinEnded) request.stdin.end();
  }
  if (request.role === 'FILTER') {
    request.data = new IncomingStream(dataLength(environ), onWanted);
    environ['tsgi.fcgi_data'] = request.data.body.input;
  }
  return environ;
}

function dataLength(environ: Environ): number | undefined {
  const length = environ.FCGI_DATA_LENGTH;
  if (length === undefined) return undefined;
  if (typeof length === 'string' && DIGITS.test(length)) return Number(length);
  throw new TsgiError(`FCGI_DATA_LENGTH ${JSON.stringify(length)}: expected decimal digits`, {
    code: 'BAD_DATA_LENGTH',
    side: 'peer',
    rule: 'R95',
  });
}
