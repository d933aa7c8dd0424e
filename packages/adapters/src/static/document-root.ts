import type { App, Body, Environ, StartResponse } from '@tsgi/core';
import { Root } from '@tsgi/transport/files';
import { findDocument, type Programs } from './documents.ts';
import { plainAnswer } from './plain-answer.ts';
import { sendFile } from './send-file.ts';

/** A folder of programs and files in front of what runs the programs. */
export interface DocumentRoot {
  root: string;
  programs: Programs;
  /** Files that are no programs are sent as they are. */
  files: boolean;
  /** Gets all requests that are for no file. */
  forward: App;
}

/**
 * An application that sends files and forwards the rest; what nobody may see is a 404 before anybody is asked.
 */
export function documentRoot({ root, programs, files, forward }: DocumentRoot): App {
  const folder = new Root(root);
  return async (environ, startResponse) => {
    const document = await findDocument(folder, environ.PATH_INFO, programs, files);
    switch (document.type) {
      case 'file':
        return sendFile(document.file, environ, startResponse);
      case 'folder':
        return addSlash(environ, startResponse);
      case 'hidden':
        return plainAnswer(startResponse, '404 Not Found');
      case 'refused':
        return plainAnswer(startResponse, '400 Bad Request');
      default:
        return forward(environ, startResponse);
    }
  };
}

/** In the raw target, so that the client gets its own spelling back; never `//host`, which would lead elsewhere. */
function addSlash(environ: Environ, startResponse: StartResponse): Body {
  const [path = '', ...query] = environ.REQUEST_URI.split('?');
  const target = [`${path.replace(/^(?:https?:\/\/[^/]*)?\/+/i, '/')}/`, ...query].join('?');
  return plainAnswer(startResponse, '301 Moved Permanently', [['Location', target]]);
}
