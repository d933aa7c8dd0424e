import { createHash } from 'node:crypto';

const LIMIT = 16 * 1024 * 1024;

/**
 * Takes a file of up to 16 MiB and answers with its size and checksum: `curl -T photo.jpg http://127.0.0.1:8000/`.
 *
 * @type {import('@tsgi/core').App}
 */
export default async function upload(environ, startResponse) {
  /**
   * @param {string} status
   * @param {string} text
   */
  const answer = (status, text) => {
    startResponse(status, [['Content-Type', 'text/plain; charset=utf-8']]);
    return [new TextEncoder().encode(`${text}\n`)];
  };
  if (environ.REQUEST_METHOD !== 'POST' && environ.REQUEST_METHOD !== 'PUT') {
    startResponse('405 Method Not Allowed', [
      ['Content-Type', 'text/plain; charset=utf-8'],
      ['Allow', 'POST, PUT'],
    ]);
    return [new TextEncoder().encode('Send a file: curl -T photo.jpg http://127.0.0.1:8000/\n')];
  }
  // A length that is announced can be refused before a byte is read; one that is not has to be counted.
  if (Number(environ.CONTENT_LENGTH ?? 0) > LIMIT) return answer('413 Content Too Large', 'At most 16 MiB, please.');
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of environ['tsgi.input']) {
    size += chunk.length;
    if (size > LIMIT) return answer('413 Content Too Large', 'At most 16 MiB, please.');
    hash.update(chunk);
  }
  // A body that was cut short has thrown by now (R48): what is counted here is whole.
  return answer('200 OK', `${size} bytes, sha256 ${hash.digest('hex')}`);
}
