import type { Environ } from '../contract/contract.ts';

/** `posixpath.normpath` for an absolute path: no empty, `.` or `..` segment is left, and no slash at the end. */
function normalise(path: string): string {
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop();
    else if (segment !== '' && segment !== '.') kept.push(segment);
  }
  return kept.map((segment) => `/${segment}`).join('');
}

/**
 * Moves the first segment of `PATH_INFO` to the end of `SCRIPT_NAME` (R90), as `wsgiref.util.shift_path_info` does:
 * empty segments and `.` are passed over, and a lone slash is moved too, so that an application can tell `/x/` from
 * `/x`. Changes the environ in place.
 *
 * @returns the segment; `''` for the slash at the end of a path; `undefined` when there is nothing to shift.
 */
export function shiftPathInfo(environ: Environ): string | undefined {
  const [first, ...rest] = environ.PATH_INFO.split('/');
  const last = rest.pop();
  if (first === undefined || last === undefined) return undefined;
  const segments = [...rest.filter((segment) => segment !== '' && segment !== '.'), last];
  const name = segments.shift() ?? '';
  const script = normalise(`${environ.SCRIPT_NAME}/${name}`);
  environ.SCRIPT_NAME = name === '' ? `${script}/` : script;
  environ.PATH_INFO = [first, ...segments].join('/');
  return name === '.' ? undefined : name;
}
