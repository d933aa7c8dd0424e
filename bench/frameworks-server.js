// The same small answer by a framework, through an adapter from here or served as the framework itself says:
// node frameworks-server.js SERVER PORT, or SOCKET for what stands behind a web server.

const [, , name, where] = process.argv;
const port = Number(where);

/** Modules are loaded by who needs them: `@hono/node-server` replaces globals. */
const servers = {
  'hono-tsgi': async () => serveHttp(await fromFetch(await hono())),
  'hono-tsgi-native-request': async () => serveHttp(await fromFetch(await hono(), { request: 'native' })),
  async 'hono-tsgi-light-response'() {
    await import('@tsgi/adapters/global-response');
    await serveHttp(await fromFetch(await hono()));
  },
  'hono-node-server': async () => serveByNodeServer({}),
  'hono-node-server-no-globals': async () => serveByNodeServer({ overrideGlobalObjects: false }),
  async 'hono-srvx'() {
    const { serve } = await import('srvx/node');
    serve({ fetch: (await hono()).fetch, port, hostname: '127.0.0.1', silent: true });
  },
  'express-tsgi': async () => serveHttp(await fromNode(await express())),
  'express-node': async () => serveByNode(await express()),
  'koa-tsgi': async () => serveHttp(await fromNode(await koa())),
  'koa-node': async () => serveByNode(await koa()),
  async 'fastify-tsgi'() {
    const app = await fastify();
    await app.ready();
    await serveHttp(await fromNode(app.routing));
  },
  async 'fastify-node'() {
    await (await fastify()).listen({ port, host: '127.0.0.1' });
  },
  'express-tsgi-fcgi': async () => serveFastCgi(await fromNode(await express())),
  'express-node-behind': async () => serveByNode(await express(), where),
};

const server = servers[name ?? ''];
if (server === undefined || where === undefined) {
  const names = Object.keys(servers).join('\n  ');
  console.error(`usage: node frameworks-server.js SERVER PORT|SOCKET\nSERVER is one of\n  ${names}`);
  process.exit(2);
}
await server();

async function hono() {
  const { Hono } = await import('hono');
  return new Hono().get('/', (context) => context.text('Hello, world!'));
}

async function express() {
  const { default: create } = await import('express');
  return create().get('/', (_request, response) => response.type('text').send('Hello, world!'));
}

async function koa() {
  const { default: Koa } = await import('koa');
  const app = new Koa();
  app.use((context) => {
    context.body = 'Hello, world!';
  });
  return app.callback();
}

async function fastify() {
  const { default: create } = await import('fastify');
  return create().get('/', async () => 'Hello, world!');
}

async function fromFetch(app, options) {
  const adapter = await import('@tsgi/adapters/fetch');
  return adapter.fromFetch(app, options);
}

async function fromNode(listener) {
  const adapter = await import('@tsgi/adapters/node');
  return adapter.fromNode(listener);
}

async function serveHttp(app) {
  const { serve } = await import('@tsgi/http-backend');
  await serve(app, { port });
}

async function serveFastCgi(app) {
  const { serve } = await import('@tsgi/fcgi-backend');
  await serve(app, { path: where });
}

async function serveByNode(listener, ...place) {
  const { createServer } = await import('node:http');
  createServer(listener).listen(...(place.length > 0 ? place : [port, '127.0.0.1']));
}

async function serveByNodeServer(options) {
  const { serve } = await import('@hono/node-server');
  serve({ fetch: (await hono()).fetch, port, hostname: '127.0.0.1', ...options });
}
