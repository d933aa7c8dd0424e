import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, resolve } from 'node:path';
import { TsgiError } from '@tsgi/core';

/**
 * The words of a command as a shell would read them: quotes and backslashes keep spaces together. Nothing is expanded, and no
 * shell sees them.
 *
 * @throws TsgiError `BAD_COMMAND` for none, or for a quote that does not end.
 */
export function commandWords(command: string | readonly string[]): string[] {
  const words = typeof command === 'string' ? split(command) : [...command];
  if (words[0] === undefined || words[0] === '') throw badCommand('expected a program and its arguments, found none');
  if (words.some((word) => word.includes('\0'))) throw badCommand('a word of it holds a NUL');
  return words;
}

function split(command: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let at = 0; at < command.length; at++) {
    const character = command.charAt(at);
    if (quote !== '') {
      if (character === quote) quote = '';
      else if (character === '\\' && quote === '"' && /["\\$`]/.test(command.charAt(at + 1)))
        word += command.charAt(++at);
      else word += character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word ??= '';
      word += character === '\\' ? command.charAt(++at) : character;
    }
  }
  if (quote !== '') throw badCommand(`a ${quote} has no end in ${JSON.stringify(command)}`);
  if (word !== undefined) words.push(word);
  return words;
}

/**
 * Where a program is, found as a shell finds it.
 *
 * @param path the PATH to look in.
 * @throws TsgiError `NO_PROGRAM` when it is not there, or cannot be run.
 */
export function findCommand(name: string, path: string): string {
  if (name.includes('/')) {
    const file = resolve(name);
    const why = whyNotRun(file);
    if (why !== undefined) throw noProgram(name, why);
    return file;
  }
  let denied: string | undefined;
  for (const folder of path.split(delimiter)) {
    const file = resolve(folder, name);
    const why = whyNotRun(file);
    if (why === undefined) return file;
    if (why !== NOT_FOUND) denied ??= `${file}: ${why}`;
  }
  throw noProgram(name, denied ?? `not found in ${path}`);
}

const NOT_FOUND = 'not found';

function whyNotRun(file: string): string | undefined {
  try {
    if (!statSync(file, { bigint: true }).isFile()) return 'not a file';
    accessSync(file, constants.X_OK);
    return undefined;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return NOT_FOUND;
    return code === 'EACCES' ? 'not executable; chmod +x lets it run' : String(code ?? error);
  }
}

function badCommand(why: string): TsgiError {
  return new TsgiError(`the command of the programs: ${why}`, { code: 'BAD_COMMAND', side: 'app' });
}

function noProgram(name: string, why: string): TsgiError {
  return new TsgiError(`${name}: ${why}`, { code: 'NO_PROGRAM', side: 'app' });
}
