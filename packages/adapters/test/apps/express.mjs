import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import express from 'express';
import multer from 'multer';
import { count, late, much, pieces, tell } from './common.mjs';

const app = express();
app.set('env', 'test');
const stream = async (response, iterable, type) => {
  response.type(type);
  await pipeline(Readable.from(iterable, { objectMode: false }), response).catch(() => {});
};

app.get('/hello', (_request, response) => response.type('text/plain').send('Hello\n'));
app.get('/users/*name', (request, response) =>
  response.json({ name: request.url.slice(7).split('?')[0], q: request.query.q }),
);
app.post('/json', express.json(), (request, response) => response.json(request.body));
app.post('/form', express.urlencoded(), (request, response) => response.json(request.body));
app.post('/multipart', multer().single('file'), (request, response) =>
  response.json({ field: request.body.field, file: request.file.originalname, size: request.file.size }),
);
app.post('/upload', async (request, response) => response.json(await count(request)));
app.post('/unread', (_request, response) => response.status(413).type('text/plain').send('unread\n'));
app.get('/stream', (request, response) => stream(response, pieces(request.query.file), 'text/plain'));
app.get('/head-first', async (request, response) => {
  response.type('text/event-stream');
  response.flushHeaders();
  for await (const piece of late(request.query.file)) response.write(piece);
  response.end();
});
app.get('/cookies', (_request, response) => {
  response.cookie('a', '1').cookie('b', '2').type('text/plain').send('cookies\n');
});
app.get('/empty', (_request, response) => response.status(204).end());
app.get('/not-modified', (_request, response) => response.status(304).set('ETag', '"tag"').end());
app.get('/redirect', (_request, response) => response.redirect('/hello'));
app.get('/error', () => {
  throw new Error('planned');
});
app.get('/abort', (request, response) => {
  const { file } = request.query;
  const timer = setTimeout(() => response.send('nobody left\n'), 10_000);
  response.on('close', () => {
    clearTimeout(timer);
    tell(file, response.writableFinished ? 'finished' : 'aborted');
  });
  tell(file, 'waiting');
});
app.get('/much', (request, response) => stream(response, much(request.query.file), 'text/plain'));
app.get('/info', (request, response) => response.json({ ip: request.ip, scheme: request.protocol }));

export default app;
