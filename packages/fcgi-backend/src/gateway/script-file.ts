import { realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { Environ } from '@tsgi/core';

/** Which files below a folder are programs. */
export interface ScriptOptions {
  readonly root: string;
  /** Ends the name of a program: `.php`. */
  readonly extension: string;
}

/**
 * Finds the program that a request is for: the first part of the path that ends with the extension, and of a path that
 * ends with `/` its `index`. What follows is its PATH_INFO.
 *
 * Only a file that exists is handed on, and only if it lies below the root with all links followed: php-fpm would look for
 * another one in the folders above (`cgi.fix_pathinfo`) and run, say, an uploaded picture.
 *
 * @returns the variables that tell a program so; `undefined` when the request is for none.
 */
export async function scriptVariables(
  environ: Environ,
  options: ScriptOptions,
): Promise<Record<string, string> | undefined> {
  const split = splitPath(environ.PATH_INFO, options.extension);
  if (split === undefined) return undefined;
  const { script, pathInfo } = split;
  const root = await realpath(options.root);
  // Byte strings: a file name is bytes, and PATH_INFO holds one a character.
  const wanted = Buffer.concat([Buffer.from(root), Buffer.from(script, 'latin1')]);
  const found = await realpath(wanted, 'buffer').catch(() => undefined);
  const documentRoot = Buffer.from(root).toString('latin1');
  const below = documentRoot === sep ? sep : documentRoot + sep;
  if (found === undefined || !found.toString('latin1').startsWith(below)) return undefined;
  if (!(await stat(found)).isFile()) return undefined;
  return {
    SCRIPT_NAME: environ.SCRIPT_NAME + script,
    PATH_INFO: pathInfo,
    SCRIPT_FILENAME: documentRoot + script,
    DOCUMENT_ROOT: documentRoot,
    // php-cgi refuses to run without it (cgi.force_redirect).
    REDIRECT_STATUS: '200',
    ...(pathInfo === '' ? undefined : { PATH_TRANSLATED: join(documentRoot, pathInfo) }),
  };
}

/**
 * Splits by bytes: case folding and Unicode have no place in what decides which file is run (GHSA-3g8v-8r37-cgjm).
 *
 * @returns `undefined` for a path that names no program, or that means another file to somebody else.
 */
export function splitPath(path: string, extension: string): { script: string; pathInfo: string } | undefined {
  if (/[\0\r\n\\]/.test(path)) return undefined;
  const segments = path.split('/');
  if (segments.includes('..') || segments.includes('.')) return undefined;
  let length = 0;
  for (const segment of segments) {
    length += segment.length;
    if (segment.length > extension.length && segment.endsWith(extension)) {
      return { script: path.slice(0, length), pathInfo: path.slice(length) };
    }
    length += 1;
  }
  if (path.endsWith('/')) return { script: `${path}index${extension}`, pathInfo: '' };
  return undefined;
}
