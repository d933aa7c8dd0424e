import { constants } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { byteStringToText, type Environ, textToByteString, type TsgiError } from '@tsgi/core';
import { gatewayError } from '@tsgi/core/forward';

/** What runs for a request, and how it splits the path. */
export interface Program {
  /** Absolute. */
  readonly file: string;
  readonly scriptName: string;
  readonly pathInfo: string;
  /** The folder that was searched: DOCUMENT_ROOT. */
  readonly root: string | undefined;
}

/**
 * Walks the path of a request down from `root` to the first file: that is the program, the rest is its PATH_INFO.
 *
 * @throws TsgiError 400 for a path with bytes that mean something else to somebody else, 404 for nothing there, 403 for a
 *   folder, a file that is not executable, and a link that leads out of the root.
 */
export async function findProgram(root: string, environ: Environ): Promise<Program> {
  const path = environ.PATH_INFO;
  // CVE-2019-11043: a line break that one side's pattern stops at. A backslash is a separator to some.
  if (/[\0\r\n\\]/.test(path)) throw gatewayError('BAD_PATH', 400, 'the path holds a NUL, a line break or a backslash');
  const segments = path.split('/');
  let file = root;
  let script = '';
  for (const segment of segments.slice(1)) {
    script += `/${segment}`;
    if (segment === '') continue;
    // `..` among them, and what a folder hides.
    if (segment.startsWith('.')) throw notFound(script);
    file = join(file, asFileName(segment, script));
    const kind = await kindOf(file, script);
    if (kind === 'folder') continue;
    await check(root, file, script);
    const pathInfo = path.slice(script.length);
    return { file, scriptName: environ.SCRIPT_NAME + script, pathInfo, root };
  }
  throw forbidden(script, 'it is a folder');
}

async function kindOf(file: string, script: string): Promise<'file' | 'folder'> {
  try {
    return (await stat(file)).isDirectory() ? 'folder' : 'file';
  } catch {
    throw notFound(script);
  }
}

async function check(root: string, file: string, script: string): Promise<void> {
  const realRoot = await realpath(root);
  const inside = realRoot.endsWith(sep) ? realRoot : realRoot + sep;
  if (!(await realpath(file)).startsWith(inside)) throw forbidden(script, 'it leads out of the root');
  if (!(await stat(file)).isFile()) throw forbidden(script, 'it is no file');
  try {
    await access(file, constants.X_OK);
  } catch {
    throw forbidden(script, 'it is not executable');
  }
}

/** File names are text to Node: a name that is no UTF-8 cannot be looked up. */
function asFileName(segment: string, script: string): string {
  const name = byteStringToText(segment);
  if (textToByteString(name) !== segment) throw notFound(script);
  return name;
}

function notFound(script: string): TsgiError {
  return gatewayError('NO_PROGRAM', 404, `no CGI program at ${JSON.stringify(script)}`);
}

function forbidden(script: string, why: string): TsgiError {
  return gatewayError('FORBIDDEN_PROGRAM', 403, `${JSON.stringify(script)} is not run: ${why}`);
}
