import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, inject, it } from 'vitest';
import { Cleanup } from '../servers/process.ts';
import { adapted } from '../servers/recipe.ts';
import { makeSite, obey, recipeText } from '../servers/site.ts';
import { ask } from './ask.ts';
import { mistakes } from './mistakes.js';
import { extensionOf, startServer } from './start-server.ts';

const cleanup = new Cleanup();
afterAll(() => cleanup.run());

describe('usual mistakes look as the pages say', () => {
  it.concurrent.for(mistakes.map((one) => [one.server, one.way, one.mistake, one] as const))(
    '%s %s: %s',
    async ([server, way, , { change, request = {}, status, log }], { expect }) => {
      const recipe = change.reduce(
        (text, [from, to]) => adapted(text, { [from]: to }),
        recipeText(`${server}/${way}.${extensionOf(server)}`),
      );
      const site = await makeSite(cleanup, inject('staged'));
      // A program without what it needs.
      writeFileSync(join(site.app, 'broken.fcgi'), '#!/bin/sh\nexec /nowhere/node\n', { mode: 0o755 });
      const application = await obey(cleanup, site, recipe);
      const started = await startServer(cleanup, server, site, site.at(recipe)).catch((error: unknown) =>
        String(error),
      );
      if (typeof started === 'string') {
        expect([status, started]).toEqual(['does not start', expect.stringContaining(log)]);
        return;
      }
      const { body, ...sent } = request;
      const answer = await ask(
        { port: site.port(80), tlsPort: site.port(443), mount: '', folder: site.folder },
        { path: '/page', ...sent, ...(body === undefined ? {} : { body: Buffer.alloc(body) }) },
      );
      expect.soft(answer.status).toBe(status);
      // The log may come a little after the answer.
      for (let waited = 0; waited < 5_000 && !(started() + application()).includes(log); waited += 50) await sleep(50);
      expect(started() + application()).toContain(log);
    },
  );
});
