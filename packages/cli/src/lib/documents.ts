import { statSync } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { firstLine, startError } from './failure.ts';

/** What a path of a URL means under a document root. Paths and names are byte strings, files absolute. */
export type Document =
  | { readonly type: 'script'; readonly scriptName: string; readonly pathInfo: string; readonly file: string }
  | { readonly type: 'file'; readonly file: string }
  /** A folder named without its slash: relative links in its index would miss. */
  | { readonly type: 'folder' }
  /** Nothing that is served. */
  | { readonly type: 'missing' }
  /** No URL that a person would make (CVE-2019-11043: a line feed derailed the split of PATH_INFO). */
  | { readonly type: 'refused' };

/** Which files are programs. */
export interface ScriptRule {
  /** Ends of the path's beginnings that may name a program, shortest first: `/a.php` and `/a.php/b.php` of `/a.php/b.php/c`. */
  splits(path: string): Iterable<number>;
  /** The file in a folder that answers for it. */
  readonly index: string | undefined;
  /** Whether this file may run. */
  accepts(mode: number): boolean;
}

const REFUSED = /[\0\r\n\\]/;
/** Dot files are the owner's (`.git`, `.htaccess`, `.env`), dot segments a way out; `.well-known` is public (RFC 8615). */
const HIDDEN = /\/\.(?!well-known(?:\/|$))/;

/** PHP: `.php` in ASCII, in any case, followed by a slash or the end (Caddy GHSA-3g8v-8r37-cgjm: no Unicode folding). */
export const phpScripts: ScriptRule = {
  *splits(path) {
    for (const match of path.matchAll(/\.[Pp][Hh][Pp](?=\/|$)/g)) yield match.index + match[0].length;
  },
  index: 'index.php',
  accepts: () => true,
};

/** CGI programs: files with an execute bit. */
export const cgiPrograms: ScriptRule = {
  *splits(path) {
    for (const match of path.matchAll(/[^/](?=\/|$)/g)) yield match.index + 1;
  },
  index: undefined,
  accepts: (mode) => (mode & 0o111) !== 0,
};

/** @throws CommandFailure (exit 3) when it is no folder. */
export function checkRoot(root: string): void {
  let why = 'not a folder';
  try {
    if (statSync(root).isDirectory()) return;
  } catch (error) {
    why = firstLine(error);
  }
  throw startError(`--root ${root}: ${why}`);
}

/** The root with all links followed, each time: a new release may be behind the same link. */
export async function resolveRoot(root: string): Promise<string> {
  const resolved = (await realpath(root, { encoding: 'buffer' })).toString('latin1');
  return resolved === '/' ? '' : resolved;
}

/** Finds what `path`, decoded once, means under `root`, which is resolved. Links are followed, and must end inside. */
export async function findDocument(root: string, path: string, rule: ScriptRule): Promise<Document> {
  if (REFUSED.test(path)) return { type: 'refused' };
  if (!path.startsWith('/') || HIDDEN.test(path)) return { type: 'missing' };
  for (const end of rule.splits(path)) {
    const script = await scriptAt(root, path, end, rule);
    if (script !== undefined) return script;
  }
  const found = await inside(root, path);
  if (found?.isFile === true && !path.endsWith('/')) return { type: 'file', file: found.file };
  if (found?.isFolder !== true) return { type: 'missing' };
  if (!path.endsWith('/')) return { type: 'folder' };
  const index = rule.index === undefined ? undefined : `${path}${rule.index}`;
  const script = index === undefined ? undefined : await scriptAt(root, index, index.length, rule);
  if (script !== undefined) return script;
  const page = await inside(root, `${path}index.html`);
  return page?.isFile === true ? { type: 'file', file: page.file } : { type: 'missing' };
}

async function scriptAt(root: string, path: string, end: number, rule: ScriptRule): Promise<Document | undefined> {
  const scriptName = path.slice(0, end);
  const found = await inside(root, scriptName);
  if (found?.isFile !== true || !rule.accepts(found.mode)) return undefined;
  return { type: 'script', scriptName, pathInfo: path.slice(end), file: found.file };
}

interface Found {
  readonly file: string;
  readonly isFile: boolean;
  readonly isFolder: boolean;
  readonly mode: number;
}

/** Byte strings go to the system as bytes: a name need not be UTF-8. */
async function inside(root: string, path: string): Promise<Found | undefined> {
  try {
    const resolved = await realpath(Buffer.from(root + path, 'latin1'), { encoding: 'buffer' });
    const file = resolved.toString('latin1');
    if (file !== root && !file.startsWith(`${root}/`)) return undefined;
    const stats = await stat(resolved);
    return { file, isFile: stats.isFile(), isFolder: stats.isDirectory(), mode: stats.mode };
  } catch {
    return undefined;
  }
}
