import type { App } from '@tsgi/core';
import { isRefusedPath, resolveDotSegments, Root } from '@tsgi/transport/files';
import { plainAnswer } from './plain-answer.ts';
import { sendFile } from './send-file.ts';

/**
 * An application that sends each file of a folder: dot files, copies and source too. It is for paths that a program names
 * (X-Accel-Redirect, X-Sendfile), never for those of clients: who may see a file has been decided, and what nginx has in an
 * `internal` location is sent whatever its name. Links are followed and must end inside; a folder is 404.
 */
export function internalFiles(root: string): App {
  const folder = new Root(root);
  return async (environ, startResponse) => {
    const path = isRefusedPath(environ.PATH_INFO) ? undefined : resolveDotSegments(environ.PATH_INFO);
    const found = path === undefined || path.endsWith('/') ? undefined : await folder.find(path);
    if (found === undefined || found === 'outside' || !found.isFile) return plainAnswer(startResponse, '404 Not Found');
    return sendFile(found.file, environ, startResponse);
  };
}
