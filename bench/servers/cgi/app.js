// The small answer, for tsgi build-cgi and tsgi serve.
const HELLO = new TextEncoder().encode('Hello, world!');

/** @type {import('@tsgi/core').App} */
export default function app(_environ, startResponse) {
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [HELLO];
}
