// The fenced blocks of the pages that people read, with what a comment above says of them.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const root = new URL('..', import.meta.url);

/**
 * @param page relative to the root of the repository.
 * @returns `{ page, line, language, headings, text, note }`: `headings` are those that it stands below, outermost first; `note` is the
 * HTML comment right above it, without its marks.
 */
export function blocksOf(page) {
  const blocks = [];
  const headings = [];
  let block;
  let note;
  let isOpen = false;
  for (const [index, line] of readFileSync(new URL(page, root), 'utf8').split('\n').entries()) {
    if (block !== undefined) {
      if (line.trim() === block.fence) {
        const indent = block.indent.length;
        const text = block.lines
          .map((row) => row.slice(Math.min(indent, row.length - row.trimStart().length)))
          .join('\n');
        blocks.push({
          page,
          line: block.line,
          language: block.language,
          headings: headings.filter((heading) => heading !== undefined),
          text: `${text}\n`,
          note: /^(?:not )?run: /.test(note ?? '') ? note : undefined,
        });
        block = undefined;
        note = undefined;
      } else block.lines.push(line);
      continue;
    }
    const fence = /^(\s*(?:[-*] )?)(`{3,})\s*(\S*)/.exec(line);
    const heading = /^(#{1,6}) (.*)$/.exec(line);
    if (fence !== null) {
      block = { line: index + 1, indent: fence[1], fence: fence[2], language: fence[3], lines: [] };
    } else if (isOpen || line.trimStart().startsWith('<!--')) {
      note = isOpen ? `${note} ${line}` : line;
      isOpen = !line.includes('-->');
      if (!isOpen)
        note = note
          .replace(/^\s*<!--\s*/, '')
          .replace(/\s*-->.*$/, '')
          .replaceAll(/\s+/g, ' ');
    } else if (heading !== null) {
      headings.length = heading[1].length - 1;
      headings[heading[1].length - 1] = heading[2];
      note = undefined;
    } else if (line.trim() !== '') note = undefined;
  }
  if (block !== undefined) throw new Error(`${page}:${block.line}: the block does not end`);
  return blocks;
}

/** The only block of a page below a heading, in a language; `index` where there are several. */
export function blockOf(page, heading, language, index) {
  const found = blocksOf(page).filter(
    (block) => block.language === language && (heading === undefined || block.headings.at(-1) === heading),
  );
  if (found.length === 0 || (index === undefined && found.length > 1)) {
    throw new Error(`${page}: ${heading}: expected one block of "${language}", found ${found.length}`);
  }
  const block = found[index ?? 0];
  if (block === undefined) throw new Error(`${page}: ${heading}: there is no block ${index} of "${language}"`);
  return block.text;
}

/** What is generated, blocks and all, has tests of its own: the catalogue of rules, test/mistakes.test.ts. */
const GENERATED = new Set(['docs/spec.md', 'docs/mistakes.md']);

/** The pages that people read, but for those that are generated. */
export function documentedPages() {
  const patterns = [
    'README.md',
    'CONTRIBUTING.md',
    'SECURITY.md',
    'docs',
    'packages/*/README.md',
    'examples/README.md',
  ];
  return execFileSync(
    'git',
    ['ls-files', '--cached', '--others', '--exclude-standard', ...patterns, 'examples/uwsgi-backend/README.md'],
    { cwd: root, encoding: 'utf8' },
  )
    .split('\n')
    .filter((file) => file.endsWith('.md') && !GENERATED.has(file) && existsSync(new URL(file, root)));
}

/** What a comment above the first heading of a page says of all its blocks. */
export function pageNote(page) {
  const [, note] = /^<!-- ((?:not )?run: [^]*?) -->\n+# /.exec(readFileSync(new URL(page, root), 'utf8')) ?? [];
  return note?.replaceAll(/\s+/g, ' ');
}
