import { readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describeThrown, placeOf } from '../command-line/failure.ts';
import { typescriptHint } from './typescript-hint.ts';

/** Why a module did not load, in one line with its place. Not loaded before it is needed: every module costs a CGI program. */
export async function whyNotLoaded(file: string, error: unknown): Promise<string> {
  const hint = typescriptHint(file, error);
  if (hint !== undefined) return hint;
  if (!(error instanceof Error)) return describeThrown(error);
  return describeThrown(withoutOldPlace(error), placeOfImport(error) ?? (await placeOfSyntaxError(file, error)));
}

/** What a place with a column replaces. */
function withoutOldPlace(error: Error): Error {
  const place = placeUnderArrow(error.stack ?? '');
  if (place === undefined) return error;
  const found = new Error(error.message);
  found.name = error.name;
  found.stack = `    at ${place}`;
  return found;
}

/**
 * Node writes above the stack of a CommonJS or TypeScript file that cannot be parsed, and of an import that is not exported, the
 * place, the line and an arrow below it.
 */
function placeUnderArrow(text: string): string | undefined {
  const [place = '', , arrow = ''] = text.split('\n', 3);
  const [, file] = /^(?:file:\/\/)?(\/[^\n]{1,4096}:\d+)$/.exec(place) ?? [];
  const column = arrow.indexOf('^') + 1;
  if (file === undefined) return undefined;
  return column > 0 ? `${file}:${column}` : file;
}

/** Node names the file that imports what is not there; where in it, is found in its text. */
function placeOfImport(error: Error): string | undefined {
  const [, importer] = / imported from (\/[^\n]{1,4096})$/.exec(error.message) ?? [];
  const [, wanted = ''] = /'([^'\n]{1,4096})'/.exec(error.message) ?? [];
  if (importer === undefined || wanted === '') return undefined;
  try {
    const from = pathToFileURL(importer);
    for (const [index, line] of readFileSync(importer, 'utf8').split('\n').entries()) {
      for (const found of line.matchAll(/(['"])([^'"]{1,1000})\1/g)) {
        const [, , specifier = ''] = found;
        if (isImportOf(specifier, wanted, from)) return `${importer}:${index + 1}:${found.index + 1}`;
      }
    }
  } catch {
    // It may be gone; its name is in the message.
  }
  return importer;
}

function isImportOf(specifier: string, wanted: string, from: URL): boolean {
  if (specifier === wanted || specifier.startsWith(`${wanted}/`)) return true;
  return /^\.{0,2}\//.test(specifier) && fileURLToPath(new URL(specifier, from)) === wanted;
}

/** Node has no place for what an ES module does wrong, unless it dies of it: another process, which runs nothing of it, does. */
async function placeOfSyntaxError(file: string, error: Error): Promise<string | undefined> {
  if (!(error instanceof SyntaxError) || placeOf(error) !== undefined) return undefined;
  const { spawnSync } = await import('node:child_process');
  const ask = (args: readonly string[], input = ''): { stdout: string; stderr: string } =>
    spawnSync(process.execPath, args, { input, encoding: 'utf8', timeout: 10_000 });
  const finder = fileURLToPath(new URL('./find-syntax-error.js', import.meta.url));
  const { stdout: found } = ask(['--experimental-vm-modules', '--no-warnings', finder, file, error.message]);
  if (found === '') return undefined;
  // By its text: by its name alone Node may take it for CommonJS.
  const { stderr } = ask(['--check', '--input-type=module', '-'], readFileSync(found, 'utf8'));
  return placeUnderArrow(stderr.replace(/^\[stdin\]/, () => found)) ?? found;
}
