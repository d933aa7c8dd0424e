import { setTimeout as delay } from 'node:timers/promises';
import { getQuery, H3, HTTPError, redirect } from 'h3';
import { count, late, much, pieces, tell, webStream } from './common.mjs';

const app = new H3();
const stream = (event, iterable, type) => {
  event.res.headers.set('content-type', type);
  return webStream(iterable);
};

app.get('/hello', (event) => {
  event.res.headers.set('content-type', 'text/plain; charset=utf-8');
  return 'Hello\n';
});
app.get('/users/**', (event) => ({ name: new URL(event.req.url).pathname.slice(7), q: getQuery(event).q }));
app.post('/json', async (event) => event.req.json());
app.post('/form', async (event) => Object.fromEntries(await event.req.formData()));
app.post('/multipart', async (event) => {
  const form = await event.req.formData();
  return { field: form.get('field'), file: form.get('file').name, size: form.get('file').size };
});
app.post('/upload', async (event) => count(event.req.body));
app.post('/unread', (event) => {
  event.res.status = 413;
  event.res.headers.set('content-type', 'text/plain');
  return 'unread\n';
});
app.get('/stream', (event) => stream(event, pieces(getQuery(event).file), 'text/plain'));
app.get('/head-first', (event) => stream(event, late(getQuery(event).file), 'text/event-stream'));
app.get('/cookies', (event) => {
  event.res.headers.append('set-cookie', 'a=1; Path=/');
  event.res.headers.append('set-cookie', 'b=2; Path=/');
  event.res.headers.set('content-type', 'text/plain');
  return 'cookies\n';
});
app.get('/empty', (event) => {
  event.res.status = 204;
  return null;
});
app.get('/not-modified', (event) => {
  event.res.status = 304;
  event.res.headers.set('etag', '"tag"');
  return null;
});
app.get('/redirect', () => redirect('/hello'));
app.get('/error', () => {
  throw new HTTPError('planned');
});
app.get('/abort', async (event) => {
  const { file } = getQuery(event);
  const { signal } = event.req;
  signal.addEventListener('abort', () => tell(file, 'aborted'));
  tell(file, 'waiting');
  await delay(10_000, undefined, { signal });
  return 'nobody left\n';
});
app.get('/much', (event) => stream(event, much(getQuery(event).file), 'text/plain'));
app.get('/info', (event) => ({ ip: event.req.ip, scheme: new URL(event.req.url).protocol.slice(0, -1) }));

export default app;
