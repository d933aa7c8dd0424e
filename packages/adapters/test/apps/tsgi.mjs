import { setTimeout as delay } from 'node:timers/promises';
import { onAbort } from '@tsgi/core';
import { requestOf, respond } from '@tsgi/adapters/request';
import { count, late, much, pieces, tell } from './common.mjs';

const encoder = new TextEncoder();

async function* encoded(texts) {
  for await (const text of texts) yield encoder.encode(text);
}

const routes = {
  'GET /hello': (_request, start) => respond(start, 'Hello\n'),
  'POST /json': async (request, start) => respond(start, await request.json()),
  'POST /form': async (request, start) => respond(start, Object.fromEntries(await request.formData())),
  'POST /multipart': async (request, start) => {
    const form = await request.formData();
    return respond(start, { field: form.get('field'), file: form.get('file').name, size: form.get('file').size });
  },
  'POST /upload': async (request, start) => respond(start, await count(request.body)),
  'POST /unread': (_request, start) => respond(start, 'unread\n', { status: 413 }),
  'GET /stream': (request, start) => respond(start, encoded(pieces(request.query.get('file'))), { type: 'text/plain' }),
  'GET /head-first': (request, start) => {
    start('200 OK', [['Content-Type', 'text/event-stream']]);
    request.environ['tsgi.send_head'](start);
    return encoded(late(request.query.get('file')));
  },
  'GET /cookies': (_request, start) =>
    respond(start, 'cookies\n', {
      headers: [
        ['Set-Cookie', 'a=1; Path=/'],
        ['Set-Cookie', 'b=2; Path=/'],
      ],
    }),
  'GET /empty': (_request, start) => respond(start, null, { status: 204 }),
  'GET /not-modified': (_request, start) => respond(start, null, { status: 304, headers: [['ETag', '"tag"']] }),
  'GET /redirect': (_request, start) => respond(start, null, { status: 302, headers: [['Location', '/hello']] }),
  'GET /error': () => {
    throw new Error('planned');
  },
  'GET /abort': async (request, start) => {
    const file = request.query.get('file');
    onAbort(request.environ, () => tell(file, 'aborted'));
    tell(file, 'waiting');
    await delay(10_000, undefined, { signal: request.environ['tsgi.signal'] });
    return respond(start, 'nobody left\n');
  },
  'GET /much': (request, start) => respond(start, much(request.query.get('file')), { type: 'text/plain' }),
  'GET /info': (request, start) =>
    respond(start, { ip: request.environ.REMOTE_ADDR, scheme: request.environ['tsgi.url_scheme'] }),
};

/** @type {import('@tsgi/core').App} */
export default function app(environ, startResponse) {
  const request = requestOf(environ);
  const { pathname } = request.url;
  if (request.method === 'HEAD') {
    respond(startResponse, 'Hello\n');
    return [];
  }
  const route = routes[`${request.method} ${pathname}`];
  if (route !== undefined) return route(request, startResponse);
  if (pathname.startsWith('/users/')) {
    return respond(startResponse, { name: pathname.slice(7), q: request.query.get('q') });
  }
  return respond(startResponse, 'not here\n', { status: 404 });
}
