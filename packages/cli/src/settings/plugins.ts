import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Backend } from '@tsgi/core';
import { firstLine, startError } from '../command-line/failure.ts';
import { addWire } from './wires.ts';

/** What is loaded already: several servers may name the same one. */
const known = new Map<string, Record<string, unknown>>();

/**
 * Loads modules that bring wires: paths, or names of packages as the current folder finds them.
 *
 * @param source whose setting it is: `--plugins`, or the file.
 * @returns the modules, for what else they export.
 * @throws CommandFailure (exit 3) for one that cannot be loaded, or brings none.
 */
export async function loadPlugins(
  modules: readonly string[] = [],
  source = '--plugins',
): Promise<Readonly<Record<string, unknown>>[]> {
  const loaded: Record<string, unknown>[] = [];
  for (const name of modules) {
    try {
      const url = urlOf(name);
      const before = known.get(url);
      if (before !== undefined) {
        loaded.push(before);
        continue;
      }
      const module: Record<string, unknown> = await import(url);
      const backend = module['default'];
      if (!isBackend(backend)) throw new Error('expected a backend as its default export: { name, serve }');
      addWire(backend);
      known.set(url, module);
      loaded.push(module);
    } catch (error) {
      throw startError(`${source} ${name}: ${firstLine(error)}`, error);
    }
  }
  return loaded;
}

function urlOf(name: string): string {
  if (name.startsWith('file:')) return name;
  if (/^\.{0,2}\//.test(name)) return pathToFileURL(resolve(name)).href;
  return pathToFileURL(createRequire(pathToFileURL(resolve('plugins.js'))).resolve(name)).href;
}

function isBackend(value: unknown): value is Backend {
  if (typeof value !== 'object' || value === null) return false;
  const { name, serve } = value as Partial<Backend>;
  return typeof name === 'string' && /^[a-z][a-z0-9.-]*$/.test(name) && typeof serve === 'function';
}
