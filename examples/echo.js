/**
 * Sends the request body back while it arrives. The input is an async iterable of bytes, which is all that a body has to
 * be; the server asks for the next chunk when the client has taken the last one, so memory stays small at any length.
 *
 * @type {import('@tsgi/core').App}
 */
export default function echo(environ, startResponse) {
  /** @type {import('@tsgi/core').Header[]} */
  const headers = [
    // Never the type that the client claims: an echo of somebody's HTML would run as ours.
    ['Content-Type', 'application/octet-stream'],
    ['X-Content-Type-Options', 'nosniff'],
  ];
  if (environ.CONTENT_LENGTH !== undefined) headers.push(['Content-Length', environ.CONTENT_LENGTH]);
  startResponse('200 OK', headers);
  return environ['tsgi.input'];
}
