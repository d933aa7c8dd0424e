import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Found, Interface } from '@tsgi/adapters';
import type { App } from '@tsgi/core';
import { type CommandFailure, describeThrown, firstLine, startError } from '../command-line/failure.ts';
import { didYouMean } from '../command-line/did-you-mean.ts';
import { completed } from '../command-line/completed.ts';

/** An application, and what it was found to be. */
export interface LoadedApp {
  readonly app: App;
  /** As the banner names it: `'a Koa application'`; `undefined` for what is written for TSGI. */
  readonly kind: string | undefined;
}

/**
 * Loads the application that `APP` names: `module.js` for its `default` export or else its `app`, `module.js:name` for
 * another one. What it is its shape says: a TSGI application, or one of a framework, which is adapted.
 *
 * @param as how it is called, where its shape does not tell or tells wrong.
 * @throws CommandFailure (exit 3) when the module is missing, throws while it loads, or exports no application.
 */
export async function loadApp(spec: string, as?: Interface): Promise<LoadedApp> {
  const { file, name } = findApp(spec);
  const module = await importModule(spec, file);
  const exported = name === undefined ? (module['default'] ?? module['app']) : module[name];
  if (as === undefined && isBare(exported)) return { app: exported, kind: undefined };
  const found = await findIn(module, name, as);
  if (found === undefined) throw await noApplication(spec, name, module, as);
  return { app: await adapted(spec, found), kind: found.interface === 'tsgi' ? undefined : found.what };
}

/**
 * The file that `APP` names, and the export.
 *
 * @throws CommandFailure (exit 3) when there is no such file.
 */
export function findApp(spec: string): { file: string; name: string | undefined } {
  const found = splitSpec(spec);
  const { file } = found;
  if (!existsSync(file)) throw startError(`cannot load ${spec}: there is no file ${file}${neighbour(file)}`);
  if (statSync(file).isDirectory())
    throw startError(`cannot load ${spec}: it is a folder; expected a file, as in app.js`);
  return found;
}

/** The file of the same folder that was meant. */
function neighbour(file: string): string {
  try {
    const [name, names] = [basename(file), readdirSync(dirname(file))];
    const withEnding = names.find((other) => /^\.[cm]?[jt]s$/.test(other.slice(name.length)) && other.startsWith(name));
    return withEnding === undefined ? didYouMean(name, names) : `; did you mean ${withEnding}?`;
  } catch {
    return '';
  }
}

/** What a function has that nothing was given to. */
const OF_ANY_FUNCTION: ReadonlySet<string> = new Set(['length', 'name', 'prototype', 'arguments', 'caller']);
const PLAIN: readonly unknown[] = [Function.prototype, Object.getPrototypeOf(async () => {})];

/** A function and nothing else has no shape to look at, and is an application for TSGI: a CGI program need not load what looks. */
export function isBare(value: unknown): value is App {
  return (
    typeof value === 'function' &&
    PLAIN.includes(Object.getPrototypeOf(value)) &&
    Object.getOwnPropertyNames(value).every((key) => OF_ANY_FUNCTION.has(key))
  );
}

/** What a module exports, or what its export of this name is, by its shape; `undefined` for what is no application. */
export async function findIn(
  module: Record<string, unknown>,
  name: string | undefined,
  as: Interface | undefined,
): Promise<Found | undefined> {
  const adapters = await import('@tsgi/adapters');
  if (name === undefined) return adapters.findApp(module, as);
  return as === undefined ? adapters.recognise(module[name]) : adapters.take(module[name], as);
}

/** An application may have to get ready first, and may fail at it as at loading. */
async function adapted(spec: string, found: Found): Promise<App> {
  try {
    return await completed(() => found.load(), startError(`cannot load ${spec}: it never got ready`));
  } catch (error) {
    const { ownFrames } = await import('./own-frames.ts');
    throw startError(`cannot load ${spec}, ${found.what}: ${describeThrown(error)}`, error, ownFrames(error));
  }
}

/** `app.js:name` in its parts. */
export function splitSpec(spec: string): { file: string; name: string | undefined } {
  const whole = spec.startsWith('file:') ? pathOf(spec) : resolve(spec);
  const [, file, name] = /^(.+):([A-Za-z_$][\w$]*)$/.exec(whole) ?? [];
  // A file may have a colon in its name.
  return file === undefined || existsSync(whole) ? { file: whole, name: undefined } : { file, name };
}

function pathOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (error) {
    throw startError(`cannot load ${url}: ${firstLine(error)}`, error);
  }
}

async function importModule(spec: string, file: string): Promise<Record<string, unknown>> {
  try {
    return await completed(
      () => orStrayError(import(pathToFileURL(file).href)),
      startError(`cannot load ${spec}: it never finished loading`),
      startError(`cannot load ${spec}: it ended the process`),
    );
  } catch (error) {
    const forget = ignoreAgain(error);
    const { whyNotLoaded } = await import('./why-not-loaded.ts');
    const { ownFrames } = await import('./own-frames.ts');
    const why = await whyNotLoaded(file, error);
    forget();
    throw startError(`cannot load ${spec}: ${why}`, error, ownFrames(error));
  }
}

/** Node 20 rejects a promise that nobody has with the syntax error of a CommonJS file, besides the one of its `import`. */
function ignoreAgain(error: unknown): () => void {
  const heed = (other: unknown): void => {
    if (other !== error) throw other;
  };
  process.on('unhandledRejection', heed);
  return () => process.off('unhandledRejection', heed);
}

/** A module may throw in an event while it waits at its top level: that is a failure to load, too. */
async function orStrayError<Result>(loading: Promise<Result>): Promise<Result> {
  let heed: ((error: unknown) => void) | undefined;
  const strayed = new Promise<never>((_resolve, reject) => {
    heed = (error) => {
      // Who listens to it decides, as in Node.
      if (process.listenerCount('uncaughtException') === 1) reject(error);
    };
    process.on('uncaughtException', heed);
  });
  try {
    return await Promise.race([loading, strayed]);
  } finally {
    if (heed !== undefined) process.off('uncaughtException', heed);
  }
}

const WANTED: Readonly<Record<Interface, string>> = {
  tsgi: 'a function',
  fetch: 'a function, or an object with a function fetch,',
  node: 'a Node listener, or an http.Server,',
  triple: 'a function',
  jsgi: 'a function',
};

/** What a module exports instead of an application. */
export async function noApplication(
  spec: string,
  name: string | undefined,
  module: Record<string, unknown>,
  as: Interface | undefined,
): Promise<CommandFailure> {
  const found = Object.keys(module).map((key) => `${key} (${typeof module[key]})`);
  const exports = found.length === 0 ? 'nothing' : found.join(', ');
  const where = name === undefined ? 'as its default export, or as app' : `as its export ${name}`;
  const wanted = as === undefined ? 'a function' : `for --interface ${as} ${WANTED[as]}`;
  const hint = name === undefined ? await hintAt(spec, module, as) : didYouMeanExport(name, module);
  return startError(`cannot serve ${spec}: expected ${wanted} ${where}, found ${exports}${hint}`);
}

function didYouMeanExport(name: string, module: Record<string, unknown>): string {
  return name in module ? '' : didYouMean(name, Object.keys(module));
}

/** An application that listens by itself needs no export before it comes here; another one has it under a name of its own. */
async function hintAt(spec: string, module: Record<string, unknown>, as: Interface | undefined): Promise<string> {
  const names = Object.keys(module);
  if (names.length === 0) return '; it has to end with export default and the application, and need not listen itself';
  const { recognise, take } = await import('@tsgi/adapters');
  const applications = names.filter((key) => (as === undefined ? recognise(module[key]) : take(module[key], as)));
  const [only = ''] = applications;
  return applications.length === 1 && only !== 'default' ? `; did you mean ${spec}:${only}?` : '';
}
