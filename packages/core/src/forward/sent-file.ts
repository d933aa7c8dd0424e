import type { Environ, Header } from '../contract/contract.ts';
import { copyEnviron } from '../environ/environ.ts';
import { percentDecode } from '../environ/percent-encoding.ts';
import { emptyInput } from '../input/input.ts';
import type { Sendfile } from './gateway-options.ts';

/** What a program says to the server alone: no client sees it, whether the server heeds it or not. */
const TO_THE_SERVER = /^x-(?:accel-redirect|sendfile)$/i;

/** Headers without those for the server, and the file that one of those names: `undefined` for none. */
export function splitFileHeaders(headers: Header[]): { headers: Header[]; file: string | undefined } {
  if (!headers.some(([name]) => TO_THE_SERVER.test(name))) return { headers, file: undefined };
  const value = (wanted: string): string | undefined => headers.find(([name]) => name.toLowerCase() === wanted)?.[1];
  return {
    headers: headers.filter(([name]) => !TO_THE_SERVER.test(name)),
    file: value('x-accel-redirect') ?? value('x-sendfile'),
  };
}

/**
 * The request for the file that a program named: its path below the root, decoded as nginx, lighttpd and mod_xsendfile do.
 * X-Sendfile has the path of the file system; one that leads elsewhere is not below the root, and will not be found.
 */
export function fileEnviron(environ: Environ, file: string, { root }: Sendfile): Environ {
  const path = percentDecode(file.split('?', 1)[0] ?? '');
  const below = root.endsWith('/') ? root : `${root}/`;
  const inside = path.startsWith(below) ? path.slice(below.length - 1) : path;
  return copyEnviron(environ, {
    REQUEST_METHOD: environ.REQUEST_METHOD === 'HEAD' ? 'HEAD' : 'GET',
    SCRIPT_NAME: '',
    PATH_INFO: inside.startsWith('/') ? inside : `/${inside}`,
    QUERY_STRING: '',
    CONTENT_LENGTH: undefined,
    CONTENT_TYPE: undefined,
    'tsgi.input': emptyInput,
  });
}
