import { getConnInfo } from '@tsgi/adapters/hono';
import { Hono } from 'hono';
import { setTimeout as delay } from 'node:timers/promises';
import { count, late, much, pieces, tell, webStream } from './common.mjs';

const app = new Hono();
const stream = (c, iterable, type) => c.body(webStream(iterable), 200, { 'content-type': type });

app.get('/hello', (c) => c.text('Hello\n'));
app.get('/users/:name{.+}', (c) => c.json({ name: new URL(c.req.url).pathname.slice(7), q: c.req.query('q') }));
app.post('/json', async (c) => c.json(await c.req.json()));
app.post('/form', async (c) => c.json(await c.req.parseBody()));
app.post('/multipart', async (c) => {
  const { field, file } = await c.req.parseBody();
  return c.json({ field, file: file.name, size: file.size });
});
app.post('/upload', async (c) => c.json(await count(c.req.raw.body)));
app.post('/unread', (c) => c.text('unread\n', 413));
app.get('/stream', (c) => stream(c, pieces(c.req.query('file')), 'text/plain'));
app.get('/head-first', (c) => stream(c, late(c.req.query('file')), 'text/event-stream'));
app.get('/cookies', (c) => {
  c.header('Set-Cookie', 'a=1; Path=/', { append: true });
  c.header('Set-Cookie', 'b=2; Path=/', { append: true });
  return c.text('cookies\n');
});
app.get('/empty', (c) => c.body(null, 204));
app.get('/not-modified', (c) => c.body(null, 304, { etag: '"tag"' }));
app.get('/redirect', (c) => c.redirect('/hello'));
app.get('/error', () => {
  throw new Error('planned');
});
app.get('/abort', async (c) => {
  const file = c.req.query('file');
  const { signal } = c.req.raw;
  signal.addEventListener('abort', () => tell(file, 'aborted'));
  tell(file, 'waiting');
  await delay(10_000, undefined, { signal });
  return c.text('nobody left\n');
});
app.get('/much', (c) => stream(c, much(c.req.query('file')), 'text/plain'));
app.get('/info', (c) =>
  c.json({ ip: getConnInfo(c).remote.address, scheme: new URL(c.req.url).protocol.slice(0, -1) }),
);
app.notFound((c) => c.text('not here\n', 404));

export default app;
