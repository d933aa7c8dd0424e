import { open } from 'node:fs/promises';
import { type Body, type Environ, FileWrapper, type Header, type StartResponse } from '@tsgi/core';
import { plainAnswer } from './plain-answer.ts';

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  avif: 'image/avif',
  css: 'text/css; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
  gif: 'image/gif',
  htm: 'text/html; charset=utf-8',
  html: 'text/html; charset=utf-8',
  ico: 'image/x-icon',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json',
  map: 'application/json',
  mjs: 'text/javascript; charset=utf-8',
  mp3: 'audio/mpeg',
  mp4: 'video/mp4',
  pdf: 'application/pdf',
  png: 'image/png',
  svg: 'image/svg+xml',
  txt: 'text/plain; charset=utf-8',
  wasm: 'application/wasm',
  webm: 'video/webm',
  webp: 'image/webp',
  woff: 'font/woff',
  woff2: 'font/woff2',
  xml: 'application/xml',
};

/**
 * Source that some server would run, and that must not be shown: what is no `.php` got past the split, a CGI program may
 * have lost its execute bit.
 */
const PROGRAM_TEXT = /\.(?:php\d?|phtml|phps|phar|pht|inc|f?cgi)$/i;

/** Answers GET and HEAD with a file, whole; ranges are the business of applications. */
export async function sendFile(file: string, environ: Environ, startResponse: StartResponse): Promise<Body> {
  const { REQUEST_METHOD: method } = environ;
  if (PROGRAM_TEXT.test(file)) return plainAnswer(startResponse, '404 Not Found');
  if (method !== 'GET' && method !== 'HEAD') {
    return plainAnswer(startResponse, '405 Method Not Allowed', [['Allow', 'GET, HEAD']]);
  }
  const handle = await open(Buffer.from(file, 'latin1'), 'r');
  try {
    const stats = await handle.stat();
    const modified = stats.mtime.toUTCString();
    if (Date.parse(String(environ.HTTP_IF_MODIFIED_SINCE)) >= Date.parse(modified)) {
      await handle.close();
      startResponse('304 Not Modified', [['Last-Modified', modified]]);
      return [];
    }
    const headers: Header[] = [
      ['Content-Type', MEDIA_TYPES[/\.([^./]+)$/.exec(file)?.[1]?.toLowerCase() ?? ''] ?? 'application/octet-stream'],
      ['Content-Length', String(stats.size)],
      ['Last-Modified', modified],
    ];
    startResponse('200 OK', headers);
    return new FileWrapper(handle);
  } catch (error) {
    await handle.close();
    throw error;
  }
}
