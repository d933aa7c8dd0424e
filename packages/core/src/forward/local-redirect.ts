import type { Environ } from '../contract/contract.ts';
import { copyEnviron } from '../environ/environ.ts';
import { TsgiError } from '../contract/errors.ts';
import { emptyInput } from '../input/input.ts';
import { percentDecode } from '../environ/percent-encoding.ts';

/** How many local redirects led to this request: a name with a dot never comes over a wire (R22). */
const COUNT = 'cgi.local_redirects';

const MOST_REDIRECTS = 5;

/**
 * The request that a local redirect asks for instead (RFC 3875 §6.2.2): a GET without a body.
 *
 * @param location a path and query, as the answer's head gives them.
 * @param mount the new SCRIPT_NAME: that of whoever is to answer.
 * @returns `undefined` for a path outside the mount: only the client can follow that one.
 * @throws TsgiError `REDIRECT_LOOP` (502) for the sixth one in a row.
 */
export function localRedirect(environ: Environ, location: string, mount: string): Environ | undefined {
  const target = location.split('#', 1)[0] ?? '';
  const mark = target.indexOf('?');
  const path = percentDecode(mark === -1 ? target : target.slice(0, mark));
  if (path !== mount && !path.startsWith(`${mount}/`)) return undefined;
  const count = environ[COUNT];
  const redirects = typeof count === 'number' ? count + 1 : 1;
  if (redirects > MOST_REDIRECTS) {
    throw new TsgiError(`more than ${MOST_REDIRECTS} local redirects: the last one is not followed`, {
      code: 'REDIRECT_LOOP',
      side: 'peer',
      statusHint: 502,
      rule: 'R93',
    });
  }
  return copyEnviron(environ, {
    REQUEST_METHOD: 'GET',
    REQUEST_URI: target,
    SCRIPT_NAME: mount,
    PATH_INFO: path.slice(mount.length),
    QUERY_STRING: mark === -1 ? '' : target.slice(mark + 1),
    CONTENT_LENGTH: undefined,
    CONTENT_TYPE: undefined,
    'tsgi.input': emptyInput,
    'tsgi.has_body': false,
    [COUNT]: redirects,
  });
}
