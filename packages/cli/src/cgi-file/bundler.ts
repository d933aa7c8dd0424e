import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { rolldown } from 'rolldown';
import type { minify } from 'rolldown/utils';
import { firstLine, startError } from '../command-line/failure.ts';

/** Rolldown, as far as it is wanted here. */
export interface Bundler {
  readonly rolldown: typeof rolldown;
  readonly minify: typeof minify;
}

/**
 * The bundler is 23 MB of machine code that only this command wants, on the machine where files are built: whoever serves need not
 * install it. It is the command's own, or the one of the package that it is run in.
 *
 * @throws CommandFailure (exit 3) where there is none.
 */
export async function loadBundler(): Promise<Bundler> {
  try {
    return { ...(await import('rolldown')), ...(await import('rolldown/utils')) };
  } catch (error) {
    if (!isMissing(error)) throw startError(`cannot load rolldown, the bundler: ${firstLine(error)}`, error);
  }
  try {
    const { resolve } = createRequire(join(process.cwd(), 'app.js'));
    const bundler: Bundler = await import(pathToFileURL(resolve('rolldown')).href);
    const utilities: Bundler = await import(pathToFileURL(resolve('rolldown/utils')).href);
    return { ...bundler, ...utilities };
  } catch (error) {
    if (!isMissing(error)) throw startError(`cannot load rolldown, the bundler: ${firstLine(error)}`, error);
    throw startError('tsgi build-cgi needs the bundler rolldown: npm install --save-dev rolldown', error);
  }
}

function isMissing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
}
