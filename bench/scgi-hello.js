// A 13-byte answer over SCGI: node scgi-hello.js SOCKET
import { serve } from '@tsgi/scgi-backend';

const HELLO = new TextEncoder().encode('Hello, world!');

/** @type {import('@tsgi/core').App} */
function hello(environ, startResponse) {
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [HELLO];
}

await serve(hello, { path: process.argv[2] });
