import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { byteStringToText, type Environ, textToByteString, type TsgiError } from '@tsgi/core';
import { gatewayError } from '@tsgi/core/forward';
import { isRefusedPath, resolveDotSegments, type Root } from '@tsgi/transport/files';

/** What runs for a request, and how it splits the path. */
export interface Program {
  /** Absolute. */
  readonly file: string;
  readonly scriptName: string;
  readonly pathInfo: string;
  /** The folder that was searched: DOCUMENT_ROOT. */
  readonly root: string | undefined;
}

/** The folder of the programs, as it was configured and as it is looked into. */
export interface ProgramRoot {
  /** Absolute. */
  readonly folder: string;
  readonly files: Root;
}

/**
 * Walks the path of a request down from the root to the first file: that is the program, the rest is its PATH_INFO.
 *
 * @throws TsgiError 400 for a path with bytes that mean something else to somebody else, 404 for nothing there, 403 for a
 *   folder, a file that is not executable, and a link that leads out of the root.
 */
export async function findProgram({ folder, files }: ProgramRoot, environ: Environ): Promise<Program> {
  if (isRefusedPath(environ.PATH_INFO)) {
    throw gatewayError('BAD_PATH', 400, 'the path holds a NUL, a line break or a backslash');
  }
  const path = resolveDotSegments(environ.PATH_INFO);
  if (path === undefined) throw notFound(environ.PATH_INFO);
  let script = '';
  for (const segment of path.split('/').slice(1)) {
    script += `/${segment}`;
    if (segment === '') continue;
    // What a folder hides.
    if (segment.startsWith('.')) throw notFound(script);
    const found = await files.find(script);
    if (found === undefined) throw notFound(script);
    if (found === 'outside') throw forbidden(script, 'it leads out of the root');
    if (found.isFolder) continue;
    if (!found.isFile) throw forbidden(script, 'it is no file');
    const file = (folder === '/' ? '' : folder) + asFileName(script);
    await checkExecutable(file, script);
    return { file, scriptName: environ.SCRIPT_NAME + script, pathInfo: path.slice(script.length), root: folder };
  }
  throw forbidden(script, 'it is a folder');
}

async function checkExecutable(file: string, script: string): Promise<void> {
  try {
    await access(file, constants.X_OK);
  } catch {
    throw forbidden(script, 'it is not executable');
  }
}

/** File names are text to Node: a program whose name is no UTF-8 cannot be started. */
function asFileName(script: string): string {
  const name = byteStringToText(script);
  if (textToByteString(name) !== script) throw notFound(script);
  return name;
}

function notFound(script: string): TsgiError {
  return gatewayError('NO_PROGRAM', 404, `no CGI program at ${JSON.stringify(script)}`);
}

function forbidden(script: string, why: string): TsgiError {
  return gatewayError('FORBIDDEN_PROGRAM', 403, `${JSON.stringify(script)} is not run: ${why}`);
}
