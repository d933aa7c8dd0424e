import { readFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';

/** How Node reads a file. */
export type Format = 'cjs' | 'es';

/** What the format of a CGI file is, and how it begins. */
export interface Beginning {
  readonly format: Format;
  /** Up to the code. */
  readonly lines: string;
}

const NODE = '#!/usr/bin/env node\n';

/**
 * JavaScript that compiles a text as the CommonJS module `m` of the class `M`, which is the file `f`, whatever that is called and its
 * package says.
 *
 * @param text an expression.
 */
export function compiledAsFile(text: string): string {
  return `m.filename=f,m.paths=M._nodeModulePaths(require("path").dirname(f)),m._compile(${text},f)`;
}

/** Evaluated by Node: the file that is named first. */
const AS_COMMON_JS = `const f=process.argv[1],M=module.constructor,m=process.mainModule=new M(f,null);${compiledAsFile('require("fs").readFileSync(f,"utf8")')}`;

/**
 * Node would look for the package of the file, and find an ES module there, or refuse the ending. The second line is a string and a
 * comment to JavaScript, and commands to a shell. They take no argument: a web server may give words of the query as such (RFC 3875
 * §4.4).
 */
const SHELL = `#!/bin/sh
':' //; file=$0; case "$file" in /*) ;; *) file="$PWD/$file" ;; esac; exec node --eval '${AS_COMMON_JS}' "$file"
`;

/**
 * CommonJS starts some milliseconds before an ES module does, so that is what a file is, unless its name makes it the other one
 * wherever it lies. A name that says nothing, `hello.cgi`, is what the nearest package.json says.
 */
export function beginningOf(file: string): Beginning {
  const ending = extname(file);
  if (ending === '.mjs') return { format: 'es', lines: NODE };
  if (ending === '.cjs' || !isInModulePackage(dirname(file))) return { format: 'cjs', lines: NODE };
  return ending === '.js' ? { format: 'es', lines: NODE } : { format: 'cjs', lines: SHELL };
}

/** As Node looks for it: the nearest package.json decides, even where it says nothing. */
function isInModulePackage(folder: string): boolean {
  try {
    const found: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return typeof found === 'object' && found !== null && 'type' in found && found.type === 'module';
  } catch {
    const above = dirname(folder);
    return above !== folder && isInModulePackage(above);
  }
}
