import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { usageError } from '../command-line/failure.ts';
import { splitSpec } from '../serving/load-app.ts';

/** Where applications mostly are: written by hand, then what the builds of SvelteKit, Astro and Nitro write. */
const USUAL = [
  'app.js',
  'app.mjs',
  'app.ts',
  'dist/app.js',
  'index.js',
  'server.js',
  'build/handler.js',
  'dist/server/entry.mjs',
  '.output/server/index.mjs',
];

/**
 * The application that a file is written for, relative to the folder: the given one, or package.json's `main`, or what
 * usually is one.
 *
 * @throws CommandFailure (exit 2) where there is none.
 */
export function findAppIn(folder: string, given: string | undefined, own: readonly string[]): string {
  const spec = given ?? mainOf(folder) ?? USUAL.find((name) => existsSync(join(folder, name)));
  if (spec === undefined) {
    throw usageError('there is no app.js here; expected the application, as in tsgi init --passenger src/app.js');
  }
  const { file, name } = splitSpec(resolve(folder, spec));
  if (!existsSync(file)) throw usageError(`there is no file ${file}`);
  if (statSync(file).isDirectory()) throw usageError(`${spec} is a folder; expected a file, as in app.js`);
  const path = relative(folder, file);
  if (own.includes(path)) {
    throw usageError(`${path} is the name of the file that is written; give the application another one`);
  }
  return name === undefined ? path : `${path}:${name}`;
}

/** What the package is, if that is a file. */
function mainOf(folder: string): string | undefined {
  const main = packageOf(folder)?.['main'];
  return typeof main === 'string' && existsSync(join(folder, main)) && statSync(join(folder, main)).isFile()
    ? main
    : undefined;
}

/** @returns `undefined` where there is no package.json, or one that is none. */
export function packageOf(folder: string): Record<string, unknown> | undefined {
  try {
    const found: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return typeof found === 'object' && found !== null ? (found as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
