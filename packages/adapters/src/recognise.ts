import type { App } from '@tsgi/core';
import type { FetchHandler } from './fetch/from-fetch.ts';
import type { NodeListener } from './node/listener.ts';

/** How an application wants to be called. */
export type Interface = 'tsgi' | 'fetch' | 'node' | 'triple' | 'jsgi';

/** What an exported value turned out to be. */
export interface Found {
  readonly interface: Interface;
  /** For people: `'a Koa application'`. */
  readonly what: string;
  /** Makes the TSGI application of it, once: waits for what has to be ready first. */
  load(): Promise<App>;
}

type Shape = Readonly<Record<string, unknown>>;

/** What throws when it is asked, a revoked proxy say, has nothing. */
function read(shape: Shape, name: string): unknown {
  try {
    return shape[name];
  } catch {
    return undefined;
  }
}

function has(shape: Shape, name: string): boolean {
  return typeof read(shape, name) === 'function';
}

function fetchApp(value: unknown, what: string): Found {
  return {
    interface: 'fetch',
    what,
    async load() {
      const { fromFetch } = await import('./fetch.ts');
      return fromFetch(value as FetchHandler);
    },
  };
}

function nodeApp(listener: () => unknown, what: string): Found {
  return {
    interface: 'node',
    what,
    async load() {
      const { fromNode } = await import('./node.ts');
      return fromNode((await listener()) as NodeListener);
    },
  };
}

/**
 * What Nitro's `standard` preset exports: `fetch` alone, which takes `(request, init, context)` and makes a new request where it
 * gets an init. From Node 24 on a light request cannot be made anew, and the client's address was lost everywhere. Its
 * entry leaves a global of this name before anything else.
 */
function isNitro(shape: Shape): boolean {
  return '__nitro_main__' in globalThis && Object.keys(shape).join() === 'fetch';
}

/**
 * Tells by its shape what an exported value is; never by how many parameters a function has, which Express, Connect and
 * every wrapper get wrong. In this order: what has `fetch`; Koa's `callback`; Fastify's `routing` and `ready`; an
 * `http.Server`; a function with `handle`, as Express's; any other function is a TSGI application.
 *
 * @returns `undefined` for what is none of these.
 */
export function recognise(value: unknown): Found | undefined {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return undefined;
  const shape = value as Shape;
  if (has(shape, 'fetch')) {
    if (!isNitro(shape)) return fetchApp(value, 'a fetch application');
    const fetch = shape['fetch'] as (request: Request) => Response;
    return fetchApp((request: Request) => fetch(request), 'a Nitro application');
  }
  if (has(shape, 'callback') && Array.isArray(shape['middleware'])) {
    return nodeApp(() => (shape['callback'] as () => unknown).call(shape), 'a Koa application');
  }
  if (has(shape, 'routing') && has(shape, 'ready')) {
    return nodeApp(async () => {
      await (shape['ready'] as () => unknown).call(shape);
      // Before it is ready it throws.
      return (shape['routing'] as NodeListener).bind(shape);
    }, 'a Fastify application');
  }
  if (typeof value === 'object') {
    const isServer = has(shape, 'emit') && has(shape, 'listen') && has(shape, 'listenerCount');
    return isServer ? nodeApp(() => value, 'an http.Server') : undefined;
  }
  if (has(shape, 'handle')) return nodeApp(() => value, 'an Express application');
  return { interface: 'tsgi', what: 'a TSGI application', load: () => Promise.resolve(value as App) };
}

/**
 * Takes a value for what it is said to be.
 *
 * @returns `undefined` where it cannot be that.
 */
export function take(value: unknown, as: Interface): Found | undefined {
  const found = recognise(value);
  if (found !== undefined && found.interface === as) return found;
  if (typeof value !== 'function') return undefined;
  switch (as) {
    case 'tsgi':
      return { interface: as, what: 'a TSGI application', load: () => Promise.resolve(value as App) };
    case 'fetch':
      return fetchApp(value, 'a fetch handler');
    case 'node':
      return nodeApp(() => value, 'a Node listener');
    case 'triple':
      return {
        interface: as,
        what: 'an application that returns [status, headers, body]',
        load: async () => (await import('./triple.ts')).fromTriple(value as never),
      };
    case 'jsgi':
      return {
        interface: as,
        what: 'a JSGI application',
        load: async () => (await import('./jsgi.ts')).fromJsgi(value as never),
      };
    default:
      return undefined;
  }
}

/** Exports by these names are Node listeners: what SvelteKit (`handler`), Astro (`handler`) and Nitro (`middleware`) build. */
const LISTENERS = ['handler', 'middleware', 'listener'] as const;

/**
 * Finds the application among a module's exports: `default` or `app`; of a CommonJS module also those of what it
 * exports; `fetch`; a Node listener by the names `handler`, `middleware`, `listener`.
 *
 * @param as what it is said to be. Default: what its shape says.
 * @returns `undefined` where there is none.
 */
export function findApp(module: Readonly<Record<string, unknown>>, as?: Interface): Found | undefined {
  const exported = module['default'];
  const inner = typeof exported === 'object' && exported !== null ? (exported as Shape) : {};
  const judge = (value: unknown): Found | undefined => (as === undefined ? recognise(value) : take(value, as));
  for (const value of [exported, module['app'], read(inner, 'default'), read(inner, 'app')]) {
    const found = judge(value);
    if (found !== undefined) return found;
  }
  for (const holder of [module, inner]) {
    if (as === undefined || as === 'fetch') {
      const fetch = read(holder, 'fetch');
      if (typeof fetch === 'function') return fetchApp(fetch, 'a fetch handler');
    }
    for (const name of LISTENERS) {
      const value = read(holder, name);
      if (typeof value !== 'function') continue;
      if (as !== undefined) return take(value, as);
      const found = recognise(value);
      return found === undefined || found.interface === 'tsgi'
        ? nodeApp(() => value, `a Node listener (${name})`)
        : found;
    }
  }
  return undefined;
}
