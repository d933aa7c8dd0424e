import type { App } from '@tsgi/core';
import { documentRoot } from './document-root.ts';
import type { Programs } from './documents.ts';
import { plainAnswer } from './plain-answer.ts';

const NONE: Programs = { index: undefined, ownsPath: () => false, ownsMode: () => false };

/**
 * An application that sends the files of a folder: conditional requests and ranges, `index.html` for a folder. Links are
 * followed and must end inside; what is hidden, source of programs, and copies that editors leave are 404.
 */
export function staticFiles(root: string): App {
  const nothing: App = (_environ, startResponse) => plainAnswer(startResponse, '404 Not Found');
  return documentRoot({ root, programs: NONE, files: true, forward: nothing });
}
