import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { commandWords, findCommand } from '../src/programs/command-words.ts';

it.each<[string, string[]]>([
  ['php-cgi', ['php-cgi']],
  ['  php-cgi   -d  a=b ', ['php-cgi', '-d', 'a=b']],
  [`perl -e 'print "a b"'`, ['perl', '-e', 'print "a b"']],
  [`a "b c" d`, ['a', 'b c', 'd']],
  [`a "b \\"c\\" \\n"`, ['a', 'b "c" \\n']],
  [`a b\\ c`, ['a', 'b c']],
  [`a '' ""`, ['a', '', '']],
  [`a'b'"c"d`, ['abcd']],
  ['a $HOME *; b|c', ['a', '$HOME', '*;', 'b|c']],
  ['a\nb', ['a', 'b']],
])('%j is split as a shell would', (command, words) => {
  expect(commandWords(command)).toEqual(words);
});

it('a list is taken as it is', () => {
  expect(commandWords(['a b', "'"])).toEqual(['a b', "'"]);
});

it.each(['', '  ', `''`, `'a`, `a "b`, 'a\0b'])('%j is refused', (command) => {
  expect(() => commandWords(command)).toThrow(/^the command of the programs: /);
});

it('a program is found in PATH, past what cannot be run', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tsgi-words-'));
  try {
    for (const name of ['one', 'two']) mkdirSync(join(folder, name));
    writeFileSync(join(folder, 'one/program'), '');
    writeFileSync(join(folder, 'two/program'), '');
    const path = `${folder}/none:${folder}/one:${folder}/two`;
    expect(() => findCommand('program', path)).toThrow(`program: ${folder}/one/program: not executable`);
    chmodSync(join(folder, 'two/program'), 0o755);
    expect(findCommand('program', path)).toBe(join(folder, 'two/program'));
    expect(() => findCommand('one', folder)).toThrow('not a file');
    expect(() => findCommand('other', path)).toThrow('other: not found in ');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
