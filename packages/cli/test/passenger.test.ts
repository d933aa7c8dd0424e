import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { hostedFolder, type LoaderName, spawnUnder, startUnder } from './loaders/start.ts';

const LOADERS: readonly LoaderName[] = ['passenger', 'litespeed'];

/** Tells where it was reached, and by whom. */
const TELL = `export default async (environ, startResponse) => {
  const body = Buffer.from(await environ['tsgi.input'].read()).toString();
  startResponse('200 OK', [['Content-Type', 'application/json'], ['Set-Cookie', 'a=1'], ['Set-Cookie', 'b=2']]);
  const { REMOTE_ADDR, REMOTE_PORT, SCRIPT_NAME, PATH_INFO, QUERY_STRING, HTTPS, SERVER_PORT } = environ;
  const strange = Object.keys(environ).filter((name) => name.includes('~'));
  const facts = { REMOTE_ADDR, REMOTE_PORT, SCRIPT_NAME, PATH_INFO, QUERY_STRING, HTTPS, SERVER_PORT, strange, body };
  return [Buffer.from(JSON.stringify({ ...facts, scheme: environ['tsgi.url_scheme'] }))];
};
`;

const { resolve } = createRequire(new URL('../../adapters/package.json', import.meta.url));
const framework = (name: string): string => pathToFileURL(resolve(name)).href;

/** Newest published versions, those that packages/adapters tests. */
const FRAMEWORKS: Readonly<Record<string, string>> = {
  Hono: `import { Hono } from '${framework('hono')}';
    const app = new Hono();
    app.post('/hello', async (c) => c.text('hello ' + (await c.req.text())));
    export default app;`,
  H3: `import { H3 } from '${framework('h3')}';
    const app = new H3();
    app.post('/hello', async (event) => 'hello ' + (await event.req.text()));
    export default app;`,
  Express: `import express from '${framework('express')}';
    const app = express();
    app.post('/hello', express.text(), (request, response) => response.type('text').send('hello ' + request.body));
    export default app;`,
  Koa: `import Koa from '${framework('koa')}';
    const app = new Koa();
    app.use(async (context) => {
      let body = '';
      for await (const chunk of context.req) body += chunk;
      context.body = 'hello ' + body;
    });
    export default app;`,
  'Fastify, loaded asynchronously': `import Fastify from '${framework('fastify')}';
    const app = Fastify();
    app.post('/hello', async (request) => 'hello ' + request.body);
    await new Promise((resolve) => setTimeout(resolve, 50));
    export default app;`,
  'an http.Server': `import { createServer } from 'node:http';
    export default createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      response.end('hello ' + body);
    });`,
  'a handler, as SvelteKit and Astro build it': `export const handler = async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      response.end('hello ' + body);
    };`,
};

describe.each(LOADERS)('under %s', (loader) => {
  it('an ES module application sees the client, and not the web server', async () => {
    const { ask, end } = await startUnder(loader, { 'app.js': TELL });
    const answer = await ask('/a%20b?c=d', { method: 'POST', body: 'body' });
    expect(answer.headers['set-cookie']).toEqual(['a=1', 'b=2']);
    expect(JSON.parse(answer.body)).toEqual({
      REMOTE_ADDR: '203.0.113.9',
      SCRIPT_NAME: '',
      PATH_INFO: '/a b',
      QUERY_STRING: 'c=d',
      SERVER_PORT: '80',
      scheme: 'http',
      strange: [],
      body: 'body',
    });
    const secure = JSON.parse((await ask('/', { https: true, address: '2001:db8::1' })).body);
    expect(secure).toMatchObject({ scheme: 'https', HTTPS: 'on', SERVER_PORT: '443', REMOTE_ADDR: '2001:db8::1' });
    const spoofed = JSON.parse((await ask('/', { headers: { 'X-Forwarded-For': '6.6.6.6' } })).body);
    expect(spoofed.REMOTE_ADDR).toBe('203.0.113.9');
    expect(await end()).toBe(0);
  });

  it.each(Object.entries(FRAMEWORKS))('%s', async (_name, text) => {
    const { ask } = await startUnder(loader, { 'app.js': text });
    const answer = await ask('/hello', { method: 'POST', body: 'you', headers: { 'Content-Type': 'text/plain' } });
    expect([answer.status, answer.body]).toEqual([200, 'hello you']);
  });

  it('an answer is streamed, and one that runs at the end is still whole', async () => {
    const { ask, end, root } = await startUnder(
      loader,
      {
        'app.js': `import { existsSync, writeFileSync } from 'node:fs';
        export default async function* (environ, startResponse) {}
        export const app = 0;
        export const streamed = async (environ, startResponse) => {
          startResponse('200 OK', [['Content-Type', 'text/plain']]);
          return (async function* () {
            yield Buffer.from('first');
            while (!existsSync('${'go'}')) await new Promise((resolve) => setTimeout(resolve, 5));
            yield Buffer.from('last');
            environ['tsgi.after_response'].push(() => writeFileSync('hooked', ''));
          })();
        };`,
      },
      { init: ['app.js:streamed'] },
    );
    let ended: Promise<number | null> | undefined;
    const answer = await ask('/', {
      onChunk(text) {
        if (text !== 'first') return;
        ended = end();
        setTimeout(() => writeFileSync(join(root, 'go'), ''), 100);
      },
    });
    expect(answer.body).toBe('firstlast');
    expect(await ended).toBe(0);
    expect(existsSync(join(root, 'hooked'))).toBe(true);
  });

  it('an application that does not load answers 503, says why where its owner looks, and is tried again', async () => {
    const started = await startUnder(loader, { 'app.js': 'throw new Error("no <database>")' });
    const answer = await started.ask('/');
    expect(answer.status).toBe(503);
    expect(answer.body).toContain('start-error.log');
    expect(answer.body).not.toContain('database');
    expect(started.stderr()).toMatch(/^tsgi: cannot load \S+app\.js: Error: no <database>/m);
    const log = join(started.root, 'start-error.log');
    expect(readFileSync(log, 'utf8')).toMatch(/cannot load .*no <database>.*\n.*\n? {4}at .*app\.js:1:7/s);
    const [exitCode] = await once(started.child, 'exit');
    expect(exitCode).toBe(1);

    const developing = await spawnUnder(loader, started.root, { NODE_ENV: 'development' });
    expect((await developing.ask('/')).body).toContain('Error: no &lt;database>');

    writeFileSync(join(started.root, 'app.js'), TELL);
    const mended = await spawnUnder(loader, started.root);
    expect((await mended.ask('/')).status).toBe(200);
    expect(existsSync(log)).toBe(false);
  });

  it('without tsgi, before npm install say, the start file answers by itself', async () => {
    const { root } = await startUnder(loader, { 'app.js': TELL });
    rmSync(join(root, 'node_modules'));
    const { ask, stderr, child } = await spawnUnder(loader, root);
    const answer = await ask('/');
    expect([answer.status, answer.body]).toEqual([503, expect.stringContaining('run npm install in the folder')]);
    expect(stderr()).toContain("Cannot find package 'tsgi'");
    expect((await once(child, 'exit'))[0]).toBe(1);
  });

  it('an application that listens itself is left alone', async () => {
    const { ask, stderr } = await startUnder(loader, {
      'app.js': `import { createServer } from 'node:http';
        const server = createServer((request, response) => response.end('by itself'));
        server.listen(8080);
        export default server;`,
    });
    expect((await ask('/')).body).toBe('by itself');
    await expect.poll(stderr, { timeout: 10_000 }).toMatch(/app\.js listens itself: it is served as it is/);
    expect(stderr()).not.toContain('more than once');
  });

  it('an error that nobody caught is logged, and what runs is answered', async () => {
    const { ask, stderr, child } = await startUnder(loader, {
      'app.js': `export default async (environ, startResponse) => {
        setTimeout(() => { throw new Error('planned'); }, 1);
        await new Promise((resolve) => setTimeout(resolve, 100));
        startResponse('200 OK', []);
        return [];
      };`,
    });
    const exit = once(child, 'exit');
    expect((await ask('/')).status).toBe(200);
    expect((await exit)[0]).toBe(1);
    expect(stderr()).toMatch(/the application threw outside of a request: Error: planned \(\S+app\.js:2:\d+\)/);
  });
});

it('Passenger says over what the client speaks, and where the application is mounted', async () => {
  const { ask } = await startUnder('passenger', { 'app.js': TELL }, { env: { PASSENGER_BASE_URI: '/shop' } });
  const { body } = await ask('/shop/cart', { headers: { 'X-Forwarded-Proto': 'https' } });
  expect(JSON.parse(body)).toMatchObject({ scheme: 'http', SCRIPT_NAME: '/shop', PATH_INFO: '/cart' });
});

it('nobody else is believed what Passenger says', async () => {
  const { ask } = await startUnder('litespeed', { 'app.js': TELL }, { init: ['--script-name', '/shop'] });
  const { body } = await ask('/shop', { headers: { '!~Passenger-Client-Address': '6.6.6.6' } });
  expect(JSON.parse(body)).toMatchObject({ REMOTE_ADDR: '203.0.113.9', SCRIPT_NAME: '/shop', PATH_INFO: '' });
});

it('why it does not start stands beside the start file, wherever the application is', async () => {
  const { ask, root } = await startUnder('passenger', { 'build/handler.js': 'export const handler = 1' });
  expect((await ask('/')).status).toBe(503);
  expect(readFileSync(join(root, 'start-error.log'), 'utf8')).toMatch(/cannot serve \S+build\/handler\.js: expected/);
});

it('--interface is for what its shape does not tell', async () => {
  const { ask } = await startUnder(
    'passenger',
    { 'site/app.js': 'export default (request, response) => response.end(request.url)' },
    { init: ['site/app.js', '--interface', 'node'] },
  );
  expect((await ask('/x')).body).toBe('/x');
});

it('a folder that is a link, as CloudLinux has it, is one', () => {
  expect(existsSync(join(hostedFolder({}, {}), 'node_modules'))).toBe(true);
});
