import { type App, type Body, copyEnviron, type Environ, type StartResponse } from '@tsgi/core';
import { checkRoot, type Document, findDocument, resolveRoot, type ScriptRule } from './documents.ts';
import { plainAnswer } from './plain-answer.ts';
import { sendFile } from './static-file.ts';

/** A folder of programs, and what runs them. */
export interface DocumentRoot {
  root: string;
  rule: ScriptRule;
  /** Other files are sent as they are; without it they are 404. */
  files: boolean;
  /** Runs a program: SCRIPT_NAME, PATH_INFO, SCRIPT_FILENAME and DOCUMENT_ROOT are in the environ. */
  run(file: string): App;
}

/**
 * An application that maps paths to files: programs are run, other files served or not, everything else is 404.
 *
 * @throws CommandFailure (exit 3) when the root is no folder.
 */
export function documentRoot(options: DocumentRoot): App {
  checkRoot(options.root);
  return async (environ, startResponse) => {
    const root = await resolveRoot(options.root);
    const document = await findDocument(root, environ.PATH_INFO, options.rule);
    switch (document.type) {
      case 'script': {
        const app = options.run(document.file);
        return app(scriptEnviron(environ, root, document), startResponse);
      }
      case 'file':
        if (options.files) return sendFile(document.file, environ, startResponse);
        return plainAnswer(startResponse, '404 Not Found');
      case 'folder':
        return addSlash(environ, startResponse);
      case 'refused':
        return plainAnswer(startResponse, '400 Bad Request');
      default:
        return plainAnswer(startResponse, '404 Not Found');
    }
  };
}

/** The variables of PHP and of CGI programs; the mount that the environ has stays in front. */
function scriptEnviron(environ: Environ, root: string, script: Extract<Document, { type: 'script' }>): Environ {
  const { pathInfo, file } = script;
  const scriptName = environ.SCRIPT_NAME + script.scriptName;
  return copyEnviron(environ, {
    SCRIPT_NAME: scriptName,
    PATH_INFO: pathInfo,
    PATH_TRANSLATED: pathInfo === '' ? undefined : root + pathInfo,
    SCRIPT_FILENAME: file,
    DOCUMENT_ROOT: root === '' ? '/' : root,
    DOCUMENT_URI: scriptName + pathInfo,
    // php-cgi refuses to run without it (cgi.force_redirect).
    REDIRECT_STATUS: '200',
  });
}

/** In the raw target, so that the client gets its own spelling back; never `//host`, which would lead elsewhere. */
function addSlash(environ: Environ, startResponse: StartResponse): Body {
  const [path = '', ...query] = environ.REQUEST_URI.split('?');
  const target = [`${path.replace(/^(?:https?:\/\/[^/]*)?\/+/i, '/')}/`, ...query].join('?');
  return plainAnswer(startResponse, '301 Moved Permanently', [['Location', target]]);
}
