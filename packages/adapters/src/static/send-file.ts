import { constants, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { type Body, type Environ, FileWrapper, type Header, type StartResponse } from '@tsgi/core';
import { mediaType } from './media-types.ts';
import { plainAnswer } from './plain-answer.ts';
import { evaluateConditions, rangeOf } from './preconditions.ts';

/**
 * Answers GET and HEAD with a file, or the one range of it that is asked for (RFC 9110 §13, §14).
 *
 * @param file absolute; a byte string.
 */
export async function sendFile(file: string, environ: Environ, startResponse: StartResponse): Promise<Body> {
  const { REQUEST_METHOD: method } = environ;
  if (method !== 'GET' && method !== 'HEAD') {
    return plainAnswer(startResponse, '405 Method Not Allowed', [['Allow', 'GET, HEAD']]);
  }
  // Should it have become a pipe meanwhile: nobody waits for one to be opened at its other end.
  const handle = await open(Buffer.from(file, 'latin1'), constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = await handle.stat();
    const body = answerWith(handle, stats, file, environ, startResponse);
    if (!(body instanceof FileWrapper)) await handle.close();
    return body;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function answerWith(
  handle: FileHandle,
  stats: Stats,
  file: string,
  environ: Environ,
  startResponse: StartResponse,
): Body {
  if (!stats.isFile()) return plainAnswer(startResponse, '404 Not Found');
  const { size } = stats;
  const etag = `"${size.toString(16)}-${Math.floor(stats.mtimeMs).toString(16)}"`;
  const lastModified = stats.mtime.toUTCString();
  const validators: Header[] = [
    ['ETag', etag],
    ['Last-Modified', lastModified],
  ];
  const outcome = evaluateConditions(environ, { etag, lastModified });
  if (outcome === 412) return plainAnswer(startResponse, '412 Precondition Failed');
  if (outcome === 304) {
    startResponse('304 Not Modified', validators);
    return [];
  }
  const range = rangeOf(environ, size, { etag, lastModified });
  if (range === 416) {
    return plainAnswer(startResponse, '416 Range Not Satisfiable', [['Content-Range', `bytes */${size}`]]);
  }
  const headers: Header[] = [['Content-Type', mediaType(file)], ...validators, ['Accept-Ranges', 'bytes']];
  if (range === undefined) {
    startResponse('200 OK', [...headers, ['Content-Length', String(size)]]);
    return new FileWrapper(handle);
  }
  const { start, end } = range;
  headers.push(['Content-Range', `bytes ${start}-${end}/${size}`], ['Content-Length', String(end - start + 1)]);
  startResponse('206 Partial Content', headers);
  return new FileWrapper(handle.createReadStream({ start, end }));
}
