import { type FoundFile, isRefusedPath, resolveDotSegments, type Root } from '@tsgi/transport/files';
import { isHidden, isPrivate } from './private-files.ts';

/** What a path of a URL means under a document root. Paths and names are byte strings, files absolute. */
export type Document =
  | { readonly type: 'file'; readonly file: string }
  /** A folder named without its slash: relative links in its index would miss. */
  | { readonly type: 'folder' }
  /** A program, or nothing that is known here: whoever runs the programs decides. */
  | { readonly type: 'forward' }
  | { readonly type: 'hidden' }
  /** No URL that a person would make (CVE-2019-11043: a line feed derailed the split of PATH_INFO). */
  | { readonly type: 'refused' };

/** Which files are programs, never to be sent as they are. */
export interface Programs {
  /** The program of a folder. */
  readonly index: string | undefined;
  /** Whether a path names one. */
  ownsPath(path: string): boolean;
  /** Whether a file is one. */
  ownsMode(mode: number): boolean;
}

/**
 * Finds what `path`, decoded once, means below `root`. Links are followed, and must end inside.
 *
 * @param files whether files are sent at all.
 */
export async function findDocument(root: Root, asked: string, programs: Programs, files: boolean): Promise<Document> {
  if (isRefusedPath(asked)) return { type: 'refused' };
  const path = resolveDotSegments(asked);
  if (path === undefined || isHidden(path)) return { type: 'hidden' };
  const found = programs.ownsPath(path) ? undefined : await lookUp(root, path);
  if (found?.isFile === true && files && !path.endsWith('/') && !programs.ownsMode(found.mode)) {
    return fileOf(found, path);
  }
  return found?.isFolder === true ? findIndex(root, path, programs, files) : { type: 'forward' };
}

async function findIndex(root: Root, path: string, { index }: Programs, files: boolean): Promise<Document> {
  const folder = path.endsWith('/') ? path : `${path}/`;
  const program = index === undefined ? undefined : await lookUp(root, folder + index);
  const page = files ? await lookUp(root, `${folder}index.html`) : undefined;
  if (program?.isFile !== true && page?.isFile !== true) return { type: 'forward' };
  if (folder !== path) return { type: 'folder' };
  return program?.isFile !== true && page !== undefined ? fileOf(page, `${folder}index.html`) : { type: 'forward' };
}

/** Both names count: a link is no way to what its own name would not show. */
function fileOf({ root, file }: FoundFile, path: string): Document {
  const isShown = !isPrivate(path) && !isPrivate(file.slice(root === '/' ? 0 : root.length));
  return isShown ? { type: 'file', file } : { type: 'hidden' };
}

async function lookUp(root: Root, path: string): Promise<FoundFile | undefined> {
  const found = await root.find(path);
  return found === 'outside' ? undefined : found;
}
