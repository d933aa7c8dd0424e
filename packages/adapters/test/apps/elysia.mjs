import { setTimeout as delay } from 'node:timers/promises';
import { environOf } from '@tsgi/adapters/fetch';
import { Elysia } from 'elysia';
import { count, late, much, pieces, tell, webStream } from './common.mjs';

const stream = (iterable, type) => new Response(webStream(iterable), { headers: { 'content-type': type } });

export default new Elysia()
  .get('/hello', () => 'Hello\n')
  .get('/users/*', ({ request, query }) => ({ name: new URL(request.url).pathname.slice(7), q: query.q }))
  .post('/json', ({ body }) => body)
  .post('/form', ({ body }) => body)
  .post('/multipart', ({ body }) => ({ field: body.field, file: body.file.name, size: body.file.size }))
  .post('/upload', async ({ request }) => count(request.body), { parse: 'none' })
  .post('/unread', ({ status }) => status(413, 'unread\n'), { parse: 'none' })
  .get('/stream', ({ query }) => stream(pieces(query.file), 'text/plain'))
  .get('/head-first', ({ query }) => stream(late(query.file), 'text/event-stream'))
  .get('/cookies', ({ cookie }) => {
    cookie.a.set({ value: '1', path: '/' });
    cookie.b.set({ value: '2', path: '/' });
    return 'cookies\n';
  })
  .get('/empty', () => new Response(null, { status: 204 }))
  .get('/not-modified', () => new Response(null, { status: 304, headers: { etag: '"tag"' } }))
  // `redirect('/hello')` throws on Node: it calls `Response.redirect`, which there takes whole URLs only.
  .get('/redirect', () => new Response(null, { status: 302, headers: { location: '/hello' } }))
  .get('/error', () => {
    throw new Error('planned');
  })
  .get('/abort', async ({ request, query }) => {
    request.signal.addEventListener('abort', () => tell(query.file, 'aborted'));
    tell(query.file, 'waiting');
    await delay(10_000, undefined, { signal: request.signal });
    return 'nobody left\n';
  })
  .get('/much', ({ query }) => stream(much(query.file), 'text/plain'))
  .get('/info', ({ request }) => ({
    ip: environOf(request)?.REMOTE_ADDR,
    scheme: new URL(request.url).protocol.slice(0, -1),
  }));
