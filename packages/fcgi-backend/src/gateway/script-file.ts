import { join } from 'node:path';
import type { Environ } from '@tsgi/core';
import { type FoundFile, isRefusedPath, resolveDotSegments, type Root } from '@tsgi/transport/files';

/**
 * Finds the program that a request is for: the first part of the path that ends with the extension, and of a path that
 * ends with `/` its `index`. What follows is its PATH_INFO. Without an extension, the first file on the way down.
 *
 * Only a file that exists is handed on, and only if it lies below the root with all links followed: php-fpm would look for
 * another one in the folders above (`cgi.fix_pathinfo`) and run, say, an uploaded picture.
 *
 * @param extension ends the name of a program: `.php`.
 * @returns the variables that tell a program so; `undefined` when the request is for none.
 */
export function scriptVariables(
  environ: Environ,
  root: Root,
  extension: string,
): Variables | undefined | Promise<Variables | undefined> {
  const path = isRefusedPath(environ.PATH_INFO) ? undefined : resolveDotSegments(environ.PATH_INFO);
  const split = path === undefined ? undefined : findScript(root, path, extension);
  if (!(split instanceof Promise)) return variablesOf(environ, split);
  return split.then((found) => variablesOf(environ, found));
}

type Variables = Record<string, string>;

function variablesOf(environ: Environ, split: Split | undefined): Variables | undefined {
  if (split === undefined) return undefined;
  const { script, pathInfo, documentRoot } = split;
  return {
    SCRIPT_NAME: environ.SCRIPT_NAME + script,
    PATH_INFO: pathInfo,
    SCRIPT_FILENAME: (documentRoot === '/' ? '' : documentRoot) + script,
    DOCUMENT_ROOT: documentRoot,
    // php-cgi refuses to run without it (cgi.force_redirect).
    REDIRECT_STATUS: '200',
    ...(pathInfo === '' ? undefined : { PATH_TRANSLATED: join(documentRoot, pathInfo) }),
  };
}

/** How a path is split at its program. */
interface Split {
  readonly script: string;
  readonly pathInfo: string;
  readonly documentRoot: string;
}

function findScript(root: Root, path: string, extension: string): Split | undefined | Promise<Split | undefined> {
  if (extension === '') return walk(root, path);
  const split = splitPath(path, extension);
  const found = split === undefined ? undefined : root.find(split.script);
  return found instanceof Promise ? found.then((file) => splitAt(split, file)) : splitAt(split, found);
}

function splitAt(
  split: { script: string; pathInfo: string } | undefined,
  found: FoundFile | 'outside' | undefined,
): Split | undefined {
  if (split === undefined || found === undefined || found === 'outside' || !found.isFile) return undefined;
  return { script: split.script, pathInfo: split.pathInfo, documentRoot: found.root };
}

async function walk(root: Root, path: string): Promise<Split | undefined> {
  for (let end = path.indexOf('/', 1); ; end = path.indexOf('/', end + 1)) {
    const script = end === -1 ? path : path.slice(0, end);
    // The same folder again: a path may be thousands of slashes.
    if (end !== -1 && script.endsWith('/')) continue;
    const found = await root.find(script);
    if (found === undefined || found === 'outside') return undefined;
    if (found.isFile) return { script, pathInfo: path.slice(script.length), documentRoot: found.root };
    if (end === -1 || !found.isFolder) return undefined;
  }
}

/**
 * Splits by bytes: case folding and Unicode have no place in what decides which file is run (GHSA-3g8v-8r37-cgjm).
 *
 * @param path without dot segments.
 * @returns `undefined` for a path that names no program.
 */
export function splitPath(path: string, extension: string): { script: string; pathInfo: string } | undefined {
  let length = 0;
  for (const segment of path.split('/')) {
    length += segment.length;
    if (segment.length > extension.length && segment.endsWith(extension)) {
      return { script: path.slice(0, length), pathInfo: path.slice(length) };
    }
    length += 1;
  }
  if (path.endsWith('/')) return { script: `${path}index${extension}`, pathInfo: '' };
  return undefined;
}
