import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { bodyParser } from '@koa/bodyparser';
import busboy from 'busboy';
import Koa from 'koa';
import { count, late, much, pieces, tell } from './common.mjs';

const app = new Koa();
app.silent = true;

const stream = (ctx, iterable, type) => {
  ctx.type = type;
  ctx.body = Readable.from(iterable, { objectMode: false });
};

function multipart(request) {
  return new Promise((resolve, reject) => {
    const found = {};
    const parser = busboy({ headers: request.headers });
    parser.on('field', (name, value) => {
      found[name] = value;
    });
    parser.on('file', async (_name, file, { filename }) => {
      found.file = filename;
      found.size = (await count(file)).bytes;
    });
    parser.on('close', () => setImmediate(resolve, found));
    parser.on('error', reject);
    request.pipe(parser);
  });
}

const routes = {
  'GET /hello': (ctx) => {
    ctx.body = 'Hello\n';
  },
  'POST /json': (ctx) => {
    ctx.body = ctx.request.body;
  },
  'POST /form': (ctx) => {
    ctx.body = ctx.request.body;
  },
  'POST /multipart': async (ctx) => {
    ctx.body = await multipart(ctx.req);
  },
  'POST /upload': async (ctx) => {
    ctx.body = await count(ctx.req);
  },
  'POST /unread': (ctx) => {
    ctx.status = 413;
    ctx.body = 'unread\n';
  },
  'GET /stream': (ctx) => stream(ctx, pieces(ctx.query.file), 'text/plain'),
  'GET /head-first': (ctx) => {
    stream(ctx, late(ctx.query.file), 'text/event-stream');
    ctx.flushHeaders();
  },
  'GET /cookies': (ctx) => {
    ctx.cookies.set('a', '1', { httpOnly: false });
    ctx.cookies.set('b', '2', { httpOnly: false });
    ctx.body = 'cookies\n';
  },
  'GET /empty': (ctx) => {
    ctx.status = 204;
  },
  'GET /not-modified': (ctx) => {
    ctx.status = 304;
    ctx.set('ETag', '"tag"');
  },
  'GET /redirect': (ctx) => ctx.redirect('/hello'),
  'GET /error': () => {
    throw new Error('planned');
  },
  'GET /abort': async (ctx) => {
    const { file } = ctx.query;
    const gone = new AbortController();
    ctx.res.on('close', () => {
      tell(file, ctx.res.writableFinished ? 'finished' : 'aborted');
      gone.abort();
    });
    tell(file, 'waiting');
    await delay(10_000, undefined, { signal: gone.signal });
    ctx.body = 'nobody left\n';
  },
  'GET /much': (ctx) => stream(ctx, much(ctx.query.file), 'text/plain'),
  'GET /info': (ctx) => {
    ctx.body = { ip: ctx.ip, scheme: ctx.protocol };
  },
};

app.use(bodyParser({ parsedMethods: ['POST'], enableTypes: ['json', 'form'] }));
app.use(async (ctx) => {
  const route = routes[`${ctx.method === 'HEAD' ? 'GET' : ctx.method} ${ctx.path}`];
  if (route !== undefined) await route(ctx);
  else if (ctx.path.startsWith('/users/')) ctx.body = { name: ctx.path.slice(7), q: ctx.query.q };
});

export default app;
