// Where each page of the repository is on the site. The files stay where they are, and can be read there as they are.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root: string = fileURLToPath(new URL('../..', import.meta.url));

/** Pages that are not below docs/, packages/ or the reference. */
const NAMED: Readonly<Record<string, string>> = {
  'site/index.md': 'index.md',
  'README.md': 'overview.md',
  'CHANGELOG.md': 'changelog.md',
  'CONTRIBUTING.md': 'contributing.md',
  'SECURITY.md': 'security.md',
  'examples/README.md': 'examples.md',
  'examples/deploy/README.md': 'deploy/recipes.md',
  'examples/uwsgi-backend/README.md': 'write-a-backend.md',
  'packages/conformance/MATRIX.md': 'conformance-matrix.md',
  'docs/benchmarks/README.md': 'benchmarks/index.md',
};

/** The pages in a folder of the repository and below, sorted, so that the navigation does not change by chance. */
export function pagesIn(folder: string): string[] {
  if (!existsSync(`${root}${folder}`)) return [];
  return readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => `${folder}/${file}`)
    .toSorted();
}

/** Files of the repository, and the page of each. */
export const pages: ReadonlyMap<string, string> = new Map([
  ...pagesIn('docs').map((file): [string, string] => [file, file.slice('docs/'.length)]),
  ...pagesIn('site/reference').map((file): [string, string] => [file, file.slice('site/'.length)]),
  ...readdirSync(`${root}packages`).map((name): [string, string] => [
    `packages/${name}/README.md`,
    `packages/${name}.md`,
  ]),
  ...Object.entries(NAMED),
]);

/** What else the repository has in Markdown, which is no page of the site. */
export const others: string[] = execFileSync(
  'git',
  ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'],
  {
    cwd: root,
    encoding: 'utf8',
  },
)
  .split('\n')
  .filter((file) => file !== '' && !pages.has(file));

/** The first heading of a file, as text. */
export function titleOf(file: string): string {
  const heading = /^# (.+)$/m.exec(readFileSync(`${root}${file}`, 'utf8'))?.[1];
  if (heading === undefined) throw new Error(`${file} has no heading`);
  return heading.replaceAll(/[`*]/g, '');
}
