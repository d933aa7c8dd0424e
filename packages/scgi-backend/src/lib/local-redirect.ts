import { copyEnviron, type Environ } from '@tsgi/core';
import { emptyInput, percentDecode } from '@tsgi/core/gateway';

/**
 * The request that a local redirect asks for instead (RFC 3875 §6.2.2): a GET without a body, at the same mount.
 *
 * @param location a path and query, as the answer's `Location` gives them.
 * @returns `undefined` for a path outside the mount: what is there is not ours to answer.
 */
export function localRedirect(environ: Environ, location: string): Environ | undefined {
  const target = location.split('#', 1)[0] ?? '';
  const mark = target.indexOf('?');
  const path = percentDecode(mark === -1 ? target : target.slice(0, mark));
  const mount = environ.SCRIPT_NAME;
  if (!path.startsWith(`${mount}/`)) return undefined;
  return copyEnviron(environ, {
    REQUEST_METHOD: 'GET',
    REQUEST_URI: target,
    PATH_INFO: path.slice(mount.length),
    QUERY_STRING: mark === -1 ? '' : target.slice(mark + 1),
    CONTENT_LENGTH: undefined,
    CONTENT_TYPE: undefined,
    'tsgi.input': emptyInput,
  });
}
