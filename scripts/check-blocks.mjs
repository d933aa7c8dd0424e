// Every block of code in the pages that people read is run by a test, or says why not. A block is known to be run
//
// - in JavaScript or TypeScript, by test/documented-code;
// - when it is nothing but commands of tsgi, by packages/cli/test/documented-commands.test.ts, or scripts of this package.json;
// - when it stands, as it is, in a file below examples/, which the tests start;
// - when a comment above says which test does it: <!-- run: e2e/recipes-cgi.test.ts -->. That file has to name the page.
//
// Any other has a comment with the reason: <!-- not run: what the command prints -->. Above the first heading of a page either is
// about all its blocks.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { blocksOf, documentedPages, pageNote } from './code-blocks.mjs';

const root = new URL('..', import.meta.url).pathname;
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

const examples = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', 'examples'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '' && !file.endsWith('.md') && existsSync(join(root, file)))
  .map((file) => readFileSync(join(root, file), 'utf8'));

/** Whether a test names the page: the file itself, or another one in its folder where a folder is given. */
function names(test, page) {
  const path = join(root, test);
  if (!existsSync(path)) return false;
  const files = statSync(path).isDirectory()
    ? readdirSync(path, { recursive: true, encoding: 'utf8' }).map((file) => join(path, file))
    : [path];
  const texts = files.filter((file) => statSync(file).isFile()).map((file) => readFileSync(file, 'utf8'));
  // A test of a whole folder of pages names the folder.
  const folder = page.split('/').slice(0, -1).join('/');
  return texts.some((text) => text.includes(basename(page)) || (folder.includes('/') && text.includes(folder)));
}

/** A line that packages/cli/test/documented-commands.test.ts judges, or a script that is there. */
function isCommand(line) {
  const words = line.replace(/^\$ /, '').replace(/\s+#.*$/, '');
  const script = /^npm (?:run (?:-s )?)?([\w:-]+)$/.exec(words)?.[1];
  if (script !== undefined) return Object.hasOwn(scripts, script);
  return /^(?:\w+=\S+ )*(?:npx )?tsgi \S/.test(words);
}

/** @returns what is wrong with the block; nothing where it is run, or excused. */
function faultOf(block, note) {
  const [, word, rest] = /^(run|not run): (\S.*)$/.exec(note ?? '') ?? [];
  if (word === 'not run') return undefined;
  if (word === 'run') return names(rest, block.page) ? undefined : `${rest} is not there, or does not name the page`;
  if (/^(?:js|ts)$/.test(block.language)) return undefined;
  const lines = block.text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  if (block.language === '' && lines.every(isCommand)) return undefined;
  if (examples.some((text) => text.includes(block.text.trim()))) return undefined;
  return 'no test is known to run it; <!-- run: TEST --> or <!-- not run: REASON --> above it';
}

const faults = [];
const counts = { blocks: 0, excused: 0 };
for (const page of documentedPages()) {
  const whole = pageNote(page);
  for (const block of blocksOf(page)) {
    counts.blocks += 1;
    const note = block.note ?? whole;
    if (note?.startsWith('not run: ')) counts.excused += 1;
    const fault = faultOf(block, note);
    if (fault !== undefined) faults.push(`${page}:${block.line}: ${fault}`);
  }
}
if (faults.length > 0) {
  console.error(faults.join('\n'));
  process.exitCode = 1;
} else {
  console.log(`${counts.blocks} blocks of code are run by tests, but for ${counts.excused} that say why not`);
}
