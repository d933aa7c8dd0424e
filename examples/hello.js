import { byteStringToText } from '@tsgi/core';

/** @type {import('@tsgi/core').App} */
export default function hello(environ, startResponse) {
  // PATH_INFO is bytes, one a character (R23): without this, /grüße would greet mojibake.
  const name = byteStringToText(environ.PATH_INFO).slice(1) || 'world';
  startResponse('200 OK', [['Content-Type', 'text/plain; charset=utf-8']]);
  return [new TextEncoder().encode(`Hello, ${name}!\n`)];
}
