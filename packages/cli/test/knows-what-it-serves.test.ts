import { describe, expect, it } from 'vitest';
import { folder, startTsgi, tsgi } from './command.ts';

// Applications of frameworks that are installed for the adapters' tests.
const apps = new URL('../../adapters/test/apps/', import.meta.url).pathname;

const listener = `(request, response) => {
  response.setHeader('Content-Type', 'text/plain');
  response.end('node ' + request.url + '\\n');
}`;

describe('tsgi serve knows by its shape what it was given', () => {
  it.each([
    ['hono', 'a fetch application'],
    ['h3', 'a fetch application'],
    ['elysia', 'a fetch application'],
    ['express', 'an Express application'],
    ['koa', 'a Koa application'],
    ['fastify', 'a Fastify application'],
  ])('%s', async (name, what) => {
    const { addresses, stderr, stop } = await startTsgi(['serve', `${apps}${name}.mjs`, '--bind', '127.0.0.1:0']);
    expect(stderr()).toContain(`${name}.mjs (${what})`);
    const answer = await fetch(`${addresses[0]}/hello`);
    expect(await answer.text()).toBe('Hello\n');
    expect(await stop()).toBe(0);
  });

  it.each([
    [
      'a bare function is a TSGI application',
      "export default (environ, start) => { start('200 OK', [['Content-Type', 'text/plain']]); return [Buffer.from('tsgi ' + environ.PATH_INFO + '\\n')]; }",
      'tsgi /x\n',
    ],
    [
      'default.fetch',
      "export default { fetch: (request) => new Response('fetch ' + new URL(request.url).pathname + '\\n') }",
      'fetch /x\n',
    ],
    [
      'an export called fetch',
      "export const fetch = (request) => new Response('fetch ' + new URL(request.url).pathname + '\\n')",
      'fetch /x\n',
    ],
    [
      'an http.Server',
      `import { createServer } from 'node:http';\nexport default createServer(${listener})`,
      'node /x\n',
    ],
    ["SvelteKit's and Astro's handler", `export const handler = ${listener}`, 'node /x\n'],
    ["Nitro's middleware", `export const middleware = ${listener}`, 'node /x\n'],
    ['an export called listener', `export const listener = ${listener}`, 'node /x\n'],
  ])('%s', async (_what, text, expected) => {
    const cwd = folder({ 'app.mjs': text });
    const { stdout, exitCode } = await tsgi(['request', 'app.mjs', '/x', '--backend', 'fcgi'], { cwd });
    expect(stdout).toContain(expected);
    expect(exitCode).toBe(0);
  });

  it.each([
    ['const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); export default proxy;', 'default (object)'],
    ['export default new Proxy({}, { get() { throw new Error("no"); } });', 'default (object)'],
    ['export const app = { get fetch() { throw new Error("no"); } };', 'app (object)'],
  ])('what cannot be looked at is no application: %s', async (text, found) => {
    const { exitCode, stderr } = await tsgi(['request', 'app.mjs'], { cwd: folder({ 'app.mjs': text }) });
    expect([exitCode, stderr]).toEqual([
      3,
      `tsgi: cannot serve app.mjs: expected a function as its default export, or as app, found ${found}\n`,
    ]);
  });

  it('a CommonJS module', async () => {
    const cwd = folder({ 'app.cjs': "module.exports = { fetch: () => new Response('common\\n') }" });
    const { stdout } = await tsgi(['request', 'app.cjs', '/'], { cwd });
    expect(stdout).toContain('common\n');
  });
});

it('Nitro’s fetch takes a request and an init, not an environ', async () => {
  const cwd = folder({
    'index.mjs': `globalThis.__nitro_main__ = import.meta.url;
      export default { fetch: (request, init, context) => Response.json([init ?? 'none', context ?? 'none', request.ip]) };`,
  });
  const { stdout } = await tsgi(['request', 'index.mjs', '/', '--backend', 'fcgi'], { cwd });
  expect(stdout).toContain('["none","none","127.0.0.1"]');
});

describe('--interface', () => {
  it.each([
    ['node', `export default ${listener}`, 'node /x\n'],
    ['fetch', "export default () => new Response('a fetch handler\\n')", 'a fetch handler\n'],
    [
      'triple',
      "export default (environ) => [200, { 'content-type': 'text/plain' }, [environ.PATH_INFO, '\\n']]",
      '/x\n',
    ],
    ['jsgi', "export default (request) => ({ status: 200, headers: {}, body: [request.pathInfo, '\\n'] })", '/x\n'],
  ])('%s', async (name, text, expected) => {
    const cwd = folder({ 'app.mjs': text });
    const { stdout, exitCode } = await tsgi(['request', 'app.mjs', '/x', '--interface', name], { cwd });
    expect(stdout).toContain(expected);
    expect(exitCode).toBe(0);
  });

  it('is one clear line where the export cannot be that', async () => {
    const cwd = folder({ 'app.mjs': 'export default { handle() {} }' });
    const { stderr, exitCode } = await tsgi(['serve', 'app.mjs', '--interface', 'fetch'], { cwd });
    expect(stderr).toBe(
      'tsgi: cannot serve app.mjs: expected for --interface fetch a function, or an object with a function fetch, as its default export, or as app, found default (object)\n',
    );
    expect(exitCode).toBe(3);
  });

  it('of another word is a usage error', async () => {
    const { stderr, exitCode } = await tsgi(['serve', 'app.mjs', '--interface', 'rack']);
    expect(stderr).toMatch(/--interface: expected tsgi, fetch, node, triple or jsgi, found "rack"/);
    expect(exitCode).toBe(2);
  });

  it('an application that fails to get ready is one line', async () => {
    const cwd = folder({
      'app.mjs': "export default { routing() {}, ready() { throw new Error('no database') } }",
    });
    const { stderr, exitCode } = await tsgi(['serve', 'app.mjs'], { cwd });
    expect(stderr).toMatch(
      /^tsgi: cannot load app\.mjs, a Fastify application: Error: no database \(.*app\.mjs:1:\d+\)\n$/,
    );
    expect(exitCode).toBe(3);
  });
});
