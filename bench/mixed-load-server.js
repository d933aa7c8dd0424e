// The server of mixed-load.js: an app with every kind of answer, and its heap on request.
import { open } from 'node:fs/promises';
import { serve } from '@tsgi/http-backend';

const HELLO = new TextEncoder().encode('Hello, world!');
let running = 0;

async function* slowly() {
  for (let line = 0; line < 5; line += 1) {
    yield HELLO;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Until its client leaves. */
async function* endlessly(signal) {
  while (!signal.aborted) {
    yield HELLO;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** @type {import('@tsgi/core').App} */
async function app(environ, startResponse) {
  running += 1;
  environ['tsgi.after_response'].push(() => {
    running -= 1;
  });
  const headers = /** @type {import('@tsgi/core').Header[]} */ ([['Content-Type', 'text/plain']]);
  switch (environ.PATH_INFO) {
    case '/upload': {
      let size = 0;
      for await (const chunk of environ['tsgi.input']) size += chunk.length;
      startResponse('200 OK', headers);
      return [new TextEncoder().encode(String(size))];
    }
    case '/unread':
      startResponse('413 Content Too Large', headers);
      return [HELLO];
    case '/file':
      startResponse('200 OK', headers);
      return environ['tsgi.file_wrapper'](await open(new URL(import.meta.url)));
    case '/throws':
      throw new Error('planned');
    case '/breaks':
      startResponse('200 OK', headers);
      return (function* half() {
        yield HELLO;
        throw new Error('planned');
      })();
    case '/slow':
      startResponse('200 OK', headers);
      return slowly();
    case '/endless':
      startResponse('200 OK', headers);
      return endlessly(environ['tsgi.signal']);
    case '/signal':
      await new Promise((resolve) => environ['tsgi.signal'].addEventListener('abort', resolve, { once: true }));
      startResponse('200 OK', headers);
      return [HELLO];
    default:
      startResponse('200 OK', headers);
      return [HELLO];
  }
}

const server = await serve(app, { port: 0, errors() {} });
process.send?.({ port: server.port });
process.on('message', () => {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  process.send?.({ heapUsed, rss, running });
});
