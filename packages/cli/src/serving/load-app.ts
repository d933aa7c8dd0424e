import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { App } from '@tsgi/core';
import { type CommandFailure, firstLine, startError } from '../command-line/failure.ts';
import { typescriptHint } from './typescript-hint.ts';
import { completed } from '../command-line/completed.ts';
import { describeThrown, placeOf } from './describe-thrown.ts';

/**
 * Loads the application that `APP` names: `module.js` for its `default` export or else its `app`, `module.js:name` for
 * another one.
 *
 * @throws CommandFailure (exit 3) when the module is missing, throws while it loads, or exports no such function.
 */
export async function loadApp(spec: string): Promise<App> {
  const { file, name } = splitSpec(spec);
  if (!existsSync(file)) throw startError(`cannot load ${spec}: there is no file ${file}`);
  if (statSync(file).isDirectory())
    throw startError(`cannot load ${spec}: it is a folder; expected a file, as in app.js`);
  const module = await importModule(spec, file);
  const candidates = name === undefined ? [module.default, module.app, ...nested(module.default)] : [module[name]];
  const app = candidates.find((candidate) => typeof candidate === 'function');
  if (app === undefined) throw noFunction(spec, name, module);
  return app as App;
}

function splitSpec(spec: string): { file: string; name: string | undefined } {
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
      () => import(pathToFileURL(file).href),
      startError(`cannot load ${spec}: it never finished loading`),
    );
  } catch (error) {
    throw startError(
      `cannot load ${spec}: ${typescriptHint(file, error) ?? describeThrown(error, await syntaxErrorPlace(file, error))}`,
      error,
    );
  }
}

/** What a CommonJS module exports arrives as `default`, and there a compiled ES module has its own `default`. */
function nested(exported: unknown): unknown[] {
  if (typeof exported !== 'object' || exported === null) return [];
  return [Reflect.get(exported, 'default'), Reflect.get(exported, 'app')];
}

/** Node prints the place of an ES module's syntax error when it dies of it, and only then. */
async function syntaxErrorPlace(file: string, error: unknown): Promise<string | undefined> {
  if (!(error instanceof SyntaxError) || placeOf(error) !== undefined) return undefined;
  const { spawnSync } = await import('node:child_process');
  const { stderr } = spawnSync(process.execPath, ['--check', file], { encoding: 'utf8' });
  return /^(?:file:\/\/)?(\/.+:\d+)$/m.exec(stderr)?.[1];
}

function noFunction(spec: string, name: string | undefined, module: Record<string, unknown>): CommandFailure {
  const found = Object.keys(module).map((key) => `${key} (${typeof module[key]})`);
  const exports = found.length === 0 ? 'nothing' : found.join(', ');
  const wanted =
    name === undefined ? 'a function as its default export, or as app' : `a function as its export ${name}`;
  return startError(`cannot serve ${spec}: expected ${wanted}, found ${exports}`);
}
