import { open, realpath } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { FileWrapper } from '@tsgi/core';

const ROOT = await realpath(process.env.FILES ?? new URL('.', import.meta.url).pathname);
/** @type {Record<string, string>} */
const TYPES = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.md': 'text/markdown; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
};

/**
 * An open file inside the root, links followed; nothing for whatever else the path may lead to.
 *
 * @param {string} path
 */
async function openInside(path) {
  try {
    const found = await realpath(join(ROOT, path));
    if (!found.startsWith(ROOT + sep)) return undefined;
    const handle = await open(found);
    const stat = await handle.stat();
    if (stat.isFile()) return { handle, stat, type: TYPES[extname(found)] ?? 'application/octet-stream' };
    await handle.close();
  } catch {
    // No such file, no permission, a name that no file can have.
  }
  return undefined;
}

/**
 * The first and the last byte that a Range header asks for (RFC 9110 §14.1.2). A header that is none of one range is
 * ignored, as it may be.
 *
 * @param {string | undefined} header
 * @param {number} size
 */
function rangeOf(header, size) {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (first === undefined || last === undefined || first + last === '') return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  return first !== '' && last !== '' && Number(first) > Number(last) ? undefined : { start, end };
}

/**
 * Sends the files of a folder (`FILES`, or this one), or a range of one: `curl -r 0-99 http://127.0.0.1:8000/files.js`.
 *
 * @type {import('@tsgi/core').App}
 */
export default async function files(environ, startResponse) {
  /**
   * @param {string} status
   * @param {import('@tsgi/core').Header[]} headers
   */
  const refuse = (status, headers = []) => {
    startResponse(status, [['Content-Type', 'text/plain; charset=utf-8'], ...headers]);
    return [new TextEncoder().encode(`${status}\n`)];
  };
  if (environ.REQUEST_METHOD !== 'GET' && environ.REQUEST_METHOD !== 'HEAD') {
    return refuse('405 Method Not Allowed', [['Allow', 'GET, HEAD']]);
  }
  // PATH_INFO is a byte string (R23): the name of a file is what these bytes are in UTF-8.
  const file = await openInside(Buffer.from(environ.PATH_INFO, 'latin1').toString());
  if (file === undefined) return refuse('404 Not Found');
  const { handle, stat, type } = file;
  const tag = `"${stat.size.toString(16)}-${Math.floor(stat.mtimeMs).toString(16)}"`;
  /** @type {import('@tsgi/core').Header[]} */
  const headers = [
    ['ETag', tag],
    ['Last-Modified', stat.mtime.toUTCString()],
    ['Accept-Ranges', 'bytes'],
  ];
  if (environ.HTTP_IF_NONE_MATCH?.split(/, */).includes(tag)) {
    await handle.close();
    startResponse('304 Not Modified', headers);
    return [];
  }
  headers.push(['Content-Type', type]);
  // RFC 9110 §14.2: only GET has ranges; §13.1.5: and only of the file that the client knows.
  const hasRange = environ.REQUEST_METHOD === 'GET' && (environ.HTTP_IF_RANGE ?? tag) === tag;
  const range = hasRange ? rangeOf(environ.HTTP_RANGE, stat.size) : undefined;
  if (range !== undefined && range.start > range.end) {
    await handle.close();
    return refuse('416 Range Not Satisfiable', [['Content-Range', `bytes */${stat.size}`]]);
  }
  const { start, end } = range ?? { start: 0, end: stat.size - 1 };
  headers.push(['Content-Length', String(end - start + 1)]);
  if (range !== undefined) headers.push(['Content-Range', `bytes ${start}-${end}/${stat.size}`]);
  startResponse(range === undefined ? '200 OK' : '206 Partial Content', headers);
  // The server closes what it is given, also when the client has left or only asked for the head.
  const wrap = environ['tsgi.file_wrapper'] ?? ((wrapped) => new FileWrapper(wrapped));
  return wrap(range === undefined ? handle : handle.createReadStream({ start, end }));
}
