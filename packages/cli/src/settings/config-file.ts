import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { firstLine, usageError } from '../command-line/failure.ts';
import { completed } from '../command-line/completed.ts';

/** A config file that was found and read; its keys are not checked yet. */
export interface ConfigFile {
  /** As messages name it. */
  readonly name: string;
  /** What its relative paths begin from. */
  readonly folder: string;
  readonly config: object;
}

/** Where settings are looked for in the current folder, in this order. */
export const configFileNames: readonly string[] = ['ts', 'mts', 'js', 'mjs', 'json'].map(
  (extension) => `tsgi.config.${extension}`,
);

/**
 * Reads `path`, which `source` gave, or else the `tsgi.config.*` of the current folder; `undefined` when there is none.
 *
 * @throws CommandFailure (exit 2) when the file is missing, cannot be loaded, or exports no object.
 */
export async function readConfigFile(path: string | undefined, source: string): Promise<ConfigFile | undefined> {
  if (path === '') throw usageError(`${source}: expected a file, found ""`);
  const name = path ?? configFileNames.find((candidate) => existsSync(candidate));
  if (name === undefined) return undefined;
  const file = resolve(name);
  if (!existsSync(file)) throw usageError(`${source} ${name}: no such file`);
  const config = await completed(
    () => load(name, file),
    usageError(`${name}: it never finished loading`),
    usageError(`${name}: it ended the process`),
  );
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    throw usageError(`${name}: expected an object as its default export, found ${describe(config)}`);
  }
  return { name: path ?? basename(file), folder: dirname(file), config };
}

async function load(name: string, file: string): Promise<unknown> {
  try {
    if (extname(file) === '.json') return JSON.parse(readFileSync(file, 'utf8'));
    const module: { default?: unknown } = await import(pathToFileURL(file).href);
    return await module.default;
  } catch (error) {
    if (extname(file) === '.json') throw usageError(`${name}: ${firstLine(error)}`);
    const { whyNotLoaded } = await import('../serving/why-not-loaded.ts');
    throw usageError(`${name}: ${await whyNotLoaded(file, error)}`);
  }
}

function describe(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value;
}
