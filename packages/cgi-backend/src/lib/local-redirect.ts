import { copyEnviron, type Environ } from '@tsgi/core';
import { emptyInput, percentDecode } from '@tsgi/core/gateway';

/** How many local redirects led to this request: a name with a dot never comes over a wire. */
const COUNT = 'cgi.local_redirects';

export function redirectsOf(environ: Environ): number {
  const count = environ[COUNT];
  return typeof count === 'number' ? count : 0;
}

/**
 * The request that a local redirect asks for instead (RFC 3875 §6.2.2): a GET without a body.
 *
 * @param location a path and query, as the answer's `Location` gives them.
 * @param mount the new SCRIPT_NAME.
 * @returns `undefined` for a path outside the mount.
 */
export function localRedirect(environ: Environ, location: string, mount: string): Environ | undefined {
  const target = location.split('#', 1)[0] ?? '';
  const mark = target.indexOf('?');
  const path = percentDecode(mark === -1 ? target : target.slice(0, mark));
  if (!path.startsWith(`${mount}/`)) return undefined;
  return copyEnviron(environ, {
    REQUEST_METHOD: 'GET',
    REQUEST_URI: target,
    SCRIPT_NAME: mount,
    PATH_INFO: path.slice(mount.length),
    QUERY_STRING: mark === -1 ? '' : target.slice(mark + 1),
    CONTENT_LENGTH: undefined,
    CONTENT_TYPE: undefined,
    'tsgi.input': emptyInput,
    [COUNT]: redirectsOf(environ) + 1,
  });
}
