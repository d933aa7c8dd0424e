import { Readable } from 'node:stream';
import formbody from '@fastify/formbody';
import multipart from '@fastify/multipart';
import Fastify from 'fastify';
import { count, late, much, pieces, tell } from './common.mjs';

const app = Fastify({ bodyLimit: 16 * 1024 * 1024 });
await app.register(formbody);
await app.register(multipart);
app.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload));

const stream = (reply, iterable, type) => reply.type(type).send(Readable.from(iterable, { objectMode: false }));

app.get('/hello', (_request, reply) => reply.type('text/plain').send('Hello\n'));
app.get('/users/*', (request) => ({ name: request.raw.url.slice(7).split('?')[0], q: request.query.q }));
app.post('/json', (request, reply) => reply.send(request.body));
app.post('/form', (request, reply) => reply.send(request.body));
app.post('/multipart', async (request) => {
  let field;
  let file;
  let size;
  for await (const part of request.parts()) {
    if (part.type === 'file') {
      file = part.filename;
      size = (await count(part.file)).bytes;
    } else field = part.value;
  }
  return { field, file, size };
});
app.post('/upload', async (request) => count(request.body));
app.post('/unread', (_request, reply) => reply.code(413).type('text/plain').send('unread\n'));
app.get('/stream', (request, reply) => stream(reply, pieces(request.query.file), 'text/plain'));
app.get('/head-first', async (request, reply) => {
  reply.hijack();
  reply.raw.writeHead(200, { 'Content-Type': 'text/event-stream' });
  reply.raw.flushHeaders();
  for await (const piece of late(request.query.file)) reply.raw.write(piece);
  reply.raw.end();
});
app.get('/cookies', (_request, reply) =>
  reply.header('Set-Cookie', 'a=1; Path=/').header('Set-Cookie', 'b=2; Path=/').type('text/plain').send('cookies\n'),
);
app.get('/empty', (_request, reply) => reply.code(204).send());
app.get('/not-modified', (_request, reply) => reply.code(304).header('ETag', '"tag"').send());
app.get('/redirect', (_request, reply) => reply.redirect('/hello'));
app.get('/error', () => {
  throw new Error('planned');
});
app.get('/abort', (request, reply) => {
  const { file } = request.query;
  const timer = setTimeout(() => reply.send('nobody left\n'), 10_000);
  reply.raw.on('close', () => {
    clearTimeout(timer);
    tell(file, reply.raw.writableFinished ? 'finished' : 'aborted');
  });
  tell(file, 'waiting');
});
app.get('/much', (request, reply) => stream(reply, much(request.query.file), 'text/plain'));
app.get('/info', (request) => ({ ip: request.ip, scheme: request.protocol }));

export default app;
