import type { App } from './contract.ts';

/**
 * For the doors of backends: a forgotten export would otherwise show with the first request, as a 500.
 *
 * @throws TypeError for what is no function (R1).
 */
export function assertApp(app: unknown): asserts app is App {
  if (typeof app === 'function') return;
  const found = app === null ? 'null' : typeof app;
  // Hono, H3, Elysia, and what Workers export.
  const isFetch = typeof app === 'object' && app !== null && 'fetch' in app && typeof app.fetch === 'function';
  const hint = isFetch ? ' with fetch; fromFetch of @tsgi/adapters/fetch makes an application of it' : '';
  throw new TypeError(`R1: an application is a function of environ and startResponse, found ${found}${hint}`);
}
