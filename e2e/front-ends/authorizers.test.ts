import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Cleanup } from '../servers/process.ts';
import { makeSite, obey, recipeText } from '../servers/site.ts';
import { ask, type Target } from './ask.ts';
import { cells, type Server } from './cells.js';
import { extensionOf, startServer } from './start-server.ts';

const SESSION = ['Cookie', 'session=ann-secret'];
const servers = (Object.keys(cells) as Server[]).filter((server) => cells[server]['authorizer'] === true);

/** Who the application takes the client for, and what a client sees that may not in: its own page, or the web server's. */
const EXPECTED: Partial<Record<Server, { variable: string; refusal: [number, RegExp] }>> = {
  nginx: { variable: 'HTTP_X_USER', refusal: [403, /403 Forbidden/] },
  apache: { variable: 'REMOTE_USER', refusal: [403, /Who are you/] },
  lighttpd: { variable: 'REMOTE_USER', refusal: [403, /Who are you/] },
  caddy: { variable: 'HTTP_X_USER', refusal: [403, /Who are you/] },
};

describe.each(servers)('an authorizer behind %s', (server) => {
  const cleanup = new Cleanup();
  const recipe = recipeText(`${server}/authorizer.${extensionOf(server)}`);
  const expected = EXPECTED[server] ?? { variable: '', refusal: [0, /never/] };
  let target: Target;
  let withoutIt: Target;

  async function started(commands: string): Promise<Target> {
    const site = await makeSite(cleanup, inject('staged'));
    await obey(cleanup, site, commands);
    await startServer(cleanup, server, site, site.at(recipe));
    return { port: site.port(80), tlsPort: site.port(443), mount: '', folder: site.folder };
  }

  beforeAll(async () => {
    target = await started(recipe);
    withoutIt = await started(recipe.replace(/^#.* tsgi serve authorizer.*\n/m, ''));
  });
  afterAll(() => cleanup.run());

  it('lets in who may, and tells the application who that is', async () => {
    const { status, body } = await ask(target, { path: '/page', headers: SESSION });
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ [expected.variable]: 'ann', PATH_INFO: '/page' });
  });

  it('keeps out who may not', async () => {
    for (const headers of [[], ['Cookie', 'session=ann-guess'], ['X-User', 'root'], ['Remote-User', 'root']]) {
      const { status, body } = await ask(target, { path: '/page', headers });
      expect([status, body]).toEqual([expected.refusal[0], expect.stringMatching(expected.refusal[1])]);
    }
  });

  it('lets nobody say who they are', async () => {
    const { body } = await ask(target, {
      path: '/page',
      headers: [...SESSION, 'X-User', 'root', 'Remote-User', 'root'],
    });
    expect(JSON.parse(body)).toMatchObject({ [expected.variable]: 'ann' });
  });

  it('passes the body on to the application, not to the authorizer', async () => {
    const { body } = await ask(target, { method: 'POST', path: '/count', body: 'x'.repeat(300_000), headers: SESSION });
    expect(body).toMatch(/^300000 /);
  });

  it('lets nobody in when there is no authorizer', async () => {
    const { status, body } = await ask(withoutIt, { path: '/page', headers: SESSION });
    expect(status).toBeGreaterThanOrEqual(500);
    expect(body).not.toMatch(/PATH_INFO/);
  });
});
