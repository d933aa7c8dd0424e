import { randomBytes } from 'node:crypto';
import type { Environ } from '@tsgi/core';

/** What a front end may call a request: nothing that a line of a log would have to escape. */
const GIVEN = /^[\w.+/=:@~-]{1,128}$/;

/** Of this process: no other one makes the same. */
const PREFIX = randomBytes(9).toString('base64url').replaceAll(/[_-]/g, 'x');

let count = 0;

/**
 * The id of a request: the `X-Request-Id` of a front end that is believed, over FastCGI and SCGI `UNIQUE_ID` before it (Apache's
 * mod_unique_id), else one of our own. The application sees it as HTTP_X_REQUEST_ID.
 */
export function identify(environ: Environ, fromFrontEnd: boolean): string {
  if (fromFrontEnd) {
    const { UNIQUE_ID: unique, HTTP_X_REQUEST_ID: header } = environ;
    if (typeof unique === 'string' && GIVEN.test(unique)) return (environ.HTTP_X_REQUEST_ID = unique);
    if (header !== undefined && GIVEN.test(header)) return header;
  }
  return (environ.HTTP_X_REQUEST_ID = `${PREFIX}-${(++count).toString(36)}`);
}
