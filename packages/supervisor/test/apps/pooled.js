// What the tests of the thread pool ask a thread to do, by path.
import { threadId } from 'node:worker_threads';
import { setTimeout as delay } from 'node:timers/promises';

const text = (body) => [new TextEncoder().encode(body)];

export default async function app(environ, startResponse) {
  const plain = [['Content-Type', 'text/plain; charset=utf-8']];
  switch (environ.PATH_INFO) {
    case '/facts': {
      startResponse('200 OK', plain);
      const keys = ['tsgi.multithread', 'tsgi.concurrent', 'tsgi.url_scheme', 'tsgi.has_body'];
      return text(
        JSON.stringify({
          thread: threadId,
          query: environ.QUERY_STRING,
          ...Object.fromEntries(keys.map((key) => [key, environ[key]])),
        }),
      );
    }
    case '/echo': {
      startResponse('200 OK', plain);
      return environ['tsgi.input'];
    }
    case '/length': {
      let length = 0;
      for await (const chunk of environ['tsgi.input']) length += chunk.byteLength;
      startResponse('200 OK', plain);
      return text(String(length));
    }
    case '/compute': {
      const until = performance.now() + Number(environ.QUERY_STRING);
      while (performance.now() < until);
      startResponse('200 OK', plain);
      return text('computed');
    }
    case '/big': {
      startResponse('200 OK', plain);
      return (function* chunks() {
        for (let index = 0; index < Number(environ.QUERY_STRING); index++) yield new Uint8Array(65_536).fill(index);
      })();
    }
    case '/slow': {
      startResponse('200 OK', plain);
      environ['tsgi.send_head'](startResponse);
      await delay(Number(environ.QUERY_STRING));
      return text('late');
    }
    case '/wait': {
      environ['tsgi.errors'].write('waits\n');
      await new Promise((resolve) => {
        environ['tsgi.signal'].addEventListener('abort', resolve);
      });
      environ['tsgi.errors'].write('told\n');
      return [];
    }
    case '/die':
      process.exit(7);
      break;
    case '/die-late': {
      startResponse('200 OK', plain);
      return (async function* chunks() {
        yield new TextEncoder().encode('half');
        await delay(20);
        setTimeout(() => {
          throw new Error('out of the blue');
        }, 0);
        await delay(10_000);
      })();
    }
    case '/throw':
      throw new Error('thrown in the thread');
    case '/stray':
      setTimeout(() => {
        throw new Error('stray');
      }, 50);
      startResponse('200 OK', plain);
      return text('answered');
    case '/cookies':
      startResponse('299 Odd', [
        ['Set-Cookie', 'a=1'],
        ['Set-Cookie', 'b=2'],
      ]);
      return [];
    default:
      startResponse('404 Not Found', plain);
      return text('nothing here');
  }
  return [];
}

export const named = (environ, startResponse) => {
  startResponse('200 OK', []);
  return text('named');
};
export const broken = 'not a function';
