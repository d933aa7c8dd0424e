import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Cleanup } from '../servers/process.ts';
import { makeSite, obey, recipeText } from '../servers/site.ts';
import { ask, asking, type RequestName, type Target } from './ask.ts';
import { answeringWays, type Server } from './cells.js';
import { differenceOf, differences, matches } from './differences.js';
import { requests } from './requests.js';
import { extensionOf, startServer } from './start-server.ts';

/** Stands for a port of this host's that no recipe names. */
const METRICS = 3000;

const names = Object.keys(requests) as RequestName[];
const BREAKING: readonly RequestName[] = ['error behind the head', 'too few bytes'];

/** Sends every request through every recipe of a web server: what comes of it is what is known. */
export function testFrontEnds(server: Server): void {
  const ways = answeringWays(server);

  describe.each(ways)('%s', (way) => {
    const cleanup = new Cleanup();
    const cell = `${server}/${way}`;
    let target: Target;
    let metrics = '';

    beforeAll(async () => {
      const site = await makeSite(cleanup, inject('staged'));
      const recipe = recipeText(`${server}/${way}.${extensionOf(server)}`);
      await obey(cleanup, site, recipe, ['--metrics', String(site.port(METRICS))]);
      await startServer(cleanup, server, site, site.at(recipe));
      metrics = `http://127.0.0.1:${site.port(METRICS)}/metrics`;
      target = {
        port: site.port(80),
        tlsPort: site.port(443),
        mount: /--script-name (\/\S+)/.exec(recipe)?.[1] ?? '',
        folder: `${site.folder}/tmp`,
        isSlowToBegin: differenceOf(cell, 'first byte') !== undefined,
      };
    });
    afterAll(() => cleanup.run());

    async function cameOut(name: RequestName): Promise<void> {
      const difference = differenceOf(cell, name);
      const usual = difference === undefined || difference.sometimes === true ? [requests[name].seen] : [];
      expect([...usual, ...(difference === undefined ? [] : [difference.seen])]).toContain(await asking[name](target));
    }
    // An answer that breaks off ends a connection, and with it what others have just put on it.
    const alone = way === 'fastcgi-multiplexed' ? names.filter((name) => BREAKING.includes(name)) : [];
    it.concurrent.each(names.filter((name) => !alone.includes(name)))('%s', cameOut);
    if (alone.length > 0) it.each(alone)('%s', cameOut);

    it.runIf(/^(?:fastcgi|scgi)-/.test(way))(
      'five requests come over as many connections as its name says',
      async () => {
        const connections = async (): Promise<number> => {
          const text = await (await fetch(metrics)).text();
          return Number(/^tsgi_connections_total\{.*\} (\d+)$/m.exec(text)?.[1] ?? Number.NaN);
        };
        await ask(target, { path: '/' });
        const before = await connections();
        for (let count = 0; count < 5; count++) await ask(target, { path: '/' });
        const made = (await connections()) - before;
        if (/kept|multiplexed/.test(way)) expect(made).toBeLessThanOrEqual(1);
        else expect(made).toBe(5);
      },
    );
  });

  it('every difference that is known of it is about a cell that there is', () => {
    const patterns = differences.flatMap((one) => one.cells).filter((pattern) => pattern.startsWith(`${server}/`));
    const idle = patterns.filter((pattern) => !ways.some((way) => matches(pattern, `${server}/${way}`)));
    expect(idle).toEqual([]);
  });
}
