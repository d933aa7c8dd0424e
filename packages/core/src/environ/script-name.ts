import type { Environ } from '../contract/contract.ts';
import { parseAuthority } from './host.ts';

/** A path without the slashes at its end. Walked: a pattern for slashes at the end tries each run of them anew (65,000 took 1.9 s). */
export function withoutSlashesAtEnd(path: string): string {
  let end = path.length;
  while (end > 0 && path[end - 1] === '/') end--;
  return path.slice(0, end);
}

/**
 * Splits a decoded path at a mount point: `SCRIPT_NAME` is the mount, `PATH_INFO` the rest. A path outside the mount
 * keeps an empty `SCRIPT_NAME`, so that the application can tell.
 */
export function mountAt(environ: Environ, scriptName: string, path: string): void {
  const mount = withoutSlashesAtEnd(scriptName);
  const inside = mount !== '' && path.startsWith(mount) && (path.length === mount.length || path[mount.length] === '/');
  environ.SCRIPT_NAME = inside ? mount : '';
  environ.PATH_INFO = inside ? path.slice(mount.length) : path;
}

/**
 * Makes what a front end sent obey R26 to R28: `SCRIPT_NAME` without a slash at its end (lighttpd sends `/` for a
 * handler at the root), `PATH_INFO` with one at its start, and one of the two not empty.
 */
export function normalisePath(environ: Environ): void {
  let script = environ.SCRIPT_NAME;
  let path = environ.PATH_INFO;
  if (script === '' && path.startsWith('/')) return;
  if (script !== '' && !script.startsWith('/')) script = `/${script}`;
  const stripped = withoutSlashesAtEnd(script);
  const { REQUEST_METHOD: method } = environ;
  // R27: these are no paths.
  const whole = path === '*' ? method === 'OPTIONS' : method === 'CONNECT' && Boolean(parseAuthority(path)?.port);
  if (!whole && !path.startsWith('/') && (path !== '' || stripped !== script || stripped === '')) path = `/${path}`;
  environ.SCRIPT_NAME = stripped;
  environ.PATH_INFO = path;
}
