// A 13-byte answer over FastCGI: node fcgi-hello.js SOCKET
import { serve } from '@tsgi/fcgi-backend';

const HELLO = new TextEncoder().encode('Hello, world!');

/** @type {import('@tsgi/core').App} */
function hello(environ, startResponse) {
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [HELLO];
}

await serve(hello, { path: process.argv[2] });
