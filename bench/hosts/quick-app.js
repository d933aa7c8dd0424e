// 13 bytes at once: what is measured is what is around it.
const BODY = [new TextEncoder().encode('Hello, world!')];

export default function app(environ, startResponse) {
  startResponse('200 OK', [
    ['Content-Type', 'text/plain'],
    ['Content-Length', '13'],
  ]);
  return BODY;
}
