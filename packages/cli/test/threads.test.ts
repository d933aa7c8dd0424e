import { describe, expect, it } from 'vitest';
import { folder, get, scgi, startTsgi, tsgi } from './command.ts';

const APP = `
import { threadId } from 'node:worker_threads';
export default (environ, startResponse) => {
  if (environ.PATH_INFO === '/compute') {
    const until = performance.now() + 1000;
    while (performance.now() < until);
  }
  startResponse('200 OK', [['Content-Type', 'application/json']]);
  return [Buffer.from(JSON.stringify({ threadId, many: environ['tsgi.multithread'] }))];
};
`;

describe('tsgi serve --threads', () => {
  it('runs the application in threads, over any wire', async () => {
    const cwd = folder({ 'app.mjs': APP });
    const binds = ['--bind', '127.0.0.1:0', '--bind', 'scgi+unix:s'];
    const server = await startTsgi(['serve', 'app.mjs', '--threads', '2', ...binds], { cwd });
    expect(server.stderr()).toMatch(/serving app\.mjs in 2 threads on/);
    expect(await get(server.port, '/')).toMatch(/"threadId":[12],"many":true/);
    expect(await scgi({ path: `${cwd}/s` }, {})).toMatch(/"threadId":[12],"many":true/);
    expect(await server.stop()).toBe(0);
  });

  it('keeps a computation from holding up another request', async () => {
    const cwd = folder({ 'app.mjs': APP });
    const server = await startTsgi(['serve', 'app.mjs', '--threads', '2', '--bind', '127.0.0.1:0'], { cwd });
    const order: string[] = [];
    const long = get(server.port, '/compute').then(() => order.push('long'));
    const short = get(server.port, '/').then(() => order.push('short'));
    await Promise.all([long, short]);
    expect(order).toEqual(['short', 'long']);
    expect(await server.stop()).toBe(0);
  });

  it('runs what is made for fetch, and an export by name, within workers too', async () => {
    const cwd = folder({ 'app.mjs': `export const site = { fetch: (request) => new Response(request.method) };` });
    const args = ['serve', 'app.mjs:site', '--threads', '1', '--workers', '1', '--bind', '127.0.0.1:0'];
    const server = await startTsgi(args, { cwd });
    expect(await get(server.port, '/')).toMatch(/GET$/);
    expect(await server.stop()).toBe(0);
  });

  it('ends with 3 when the application cannot be loaded there, and says where it failed', async () => {
    const cwd = folder({ 'app.mjs': 'throw new Error("a typing error");' });
    for (const flags of [[], ['--workers', '2']]) {
      const { exitCode, stderr } = await tsgi(['serve', 'app.mjs', '--threads', '2', ...flags], { cwd });
      expect(exitCode).toBe(3);
      expect(stderr).toMatch(/cannot load app\.mjs: Error: a typing error \(.*app\.mjs:1:7\)/);
    }
  });

  it('is refused under CGI, and takes a number', async () => {
    const cwd = folder({ 'app.mjs': APP });
    expect(await tsgi(['serve', 'app.mjs', '--backend', 'cgi', '--threads', '2'], { cwd })).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/--threads: cgi cannot obey it/),
    });
    expect(await tsgi(['serve', 'app.mjs', '--threads', 'many'], { cwd })).toMatchObject({
      exitCode: 2,
      stderr: 'tsgi: --threads: expected a number from 1 to 256, found "many"\n',
    });
  });
});
