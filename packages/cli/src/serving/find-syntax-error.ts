// Started by itself: `find-syntax-error.js FILE MESSAGE` prints the file that has the syntax error with that message: FILE, or one
// that it imports. Modules are compiled and never run.

import { readFileSync } from 'node:fs';
import module, { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import vm from 'node:vm';

/** What an application with all of its packages may have. */
const MOST_FILES = 5000;

const [, , entry = '', message = ''] = process.argv;
const seen = new Set<string>([entry]);
for (const file of seen) {
  if (!isWrong(file)) continue;
  process.stdout.write(file);
  break;
}

/** Whether it is this one; what it imports is looked at later. */
function isWrong(file: string): boolean {
  if (seen.size > MOST_FILES || !/\.[mc]?[jt]s$/.test(file)) return false;
  try {
    const code = withoutTypes(file, readFileSync(file, 'utf8'));
    for (const specifier of importsOf(file, code)) {
      const target = resolved(specifier, file);
      if (target !== undefined) seen.add(target);
    }
  } catch (error) {
    return error instanceof SyntaxError && error.message === message;
  }
  return false;
}

function withoutTypes(file: string, code: string): string {
  if (!/\.[mc]?ts$/.test(file)) return code;
  // Of Node 22.13 on.
  const { stripTypeScriptTypes: strip } = module as { stripTypeScriptTypes?: (code: string) => string };
  return strip?.(code) ?? code;
}

function importsOf(file: string, code: string): string[] {
  const compiled = new vm.SourceTextModule(code, { identifier: pathToFileURL(file).href });
  const specifiers = compiled.dependencySpecifiers;
  const later = [...code.matchAll(/\bimport\(\s{0,20}(['"])([^'"\n]{1,1000})\1/g)].map(
    ([, , specifier = '']) => specifier,
  );
  return [...specifiers, ...later];
}

function resolved(specifier: string, from: string): string | undefined {
  if (/^\.{0,2}\//.test(specifier)) return fileURLToPath(new URL(specifier, pathToFileURL(from)));
  if (specifier.startsWith('file:')) return fileURLToPath(specifier);
  if (specifier.startsWith('node:')) return undefined;
  try {
    return createRequire(from).resolve(specifier);
  } catch {
    return undefined;
  }
}
