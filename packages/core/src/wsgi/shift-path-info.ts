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

interface Shifted {
  readonly script: string;
  readonly path: string;
}

/**
 * What a shift has left: both parts are made whole already, so that the next one need not look at all of them again. A
 * path of 64,000 segments took half a minute to shift through.
 */
const shifted = new WeakMap<Environ, Shifted>();

function shiftAll(environ: Environ): string | undefined {
  const [first, ...rest] = environ.PATH_INFO.split('/');
  const last = rest.pop();
  if (first === undefined || last === undefined) return undefined;
  const segments = rest.filter((segment) => segment !== '' && segment !== '.');
  segments.push(last);
  const name = segments.shift() ?? '';
  const script = normalise(`${environ.SCRIPT_NAME}/${name}`);
  environ.SCRIPT_NAME = name === '' ? `${script}/` : script;
  environ.PATH_INFO = [first, ...segments].join('/');
  return name;
}

/** Of parts that a shift has left: only the last segment can be empty or `.`. */
function shiftNext(environ: Environ, { script, path }: Shifted): string | undefined {
  if (path === '') return undefined;
  const end = path.indexOf('/', 1);
  const name = end === -1 ? path.slice(1) : path.slice(1, end);
  environ.PATH_INFO = end === -1 ? '' : path.slice(end);
  if (name === '..') environ.SCRIPT_NAME = script.slice(0, Math.max(0, script.lastIndexOf('/')));
  else if (name !== '.') environ.SCRIPT_NAME = `${script}/${name}`;
  return name;
}

/**
 * Moves the first segment of `PATH_INFO` to the end of `SCRIPT_NAME` (R90), as `wsgiref.util.shift_path_info` does:
 * empty segments and `.` are passed over, and a lone slash is moved too, so that an application can tell `/x/` from
 * `/x`. Changes the environ in place.
 *
 * @returns the segment; `''` for the slash at the end of a path; `undefined` when there is nothing to shift.
 */
export function shiftPathInfo(environ: Environ): string | undefined {
  const last = shifted.get(environ);
  const isNext = last !== undefined && last.script === environ.SCRIPT_NAME && last.path === environ.PATH_INFO;
  const name = isNext ? shiftNext(environ, last) : shiftAll(environ);
  const { SCRIPT_NAME: script, PATH_INFO: path } = environ;
  if (name !== undefined && (path === '' || path.startsWith('/'))) shifted.set(environ, { script, path });
  return name === '.' ? undefined : name;
}
