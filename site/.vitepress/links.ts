// Links of the pages are those of the repository. On the site they lead to the page that a file has there, and to the repository
// for everything else.
import { existsSync, statSync } from 'node:fs';
import { posix, relative } from 'node:path';
import { pages, root } from './pages.ts';

const REPOSITORY = 'https://github.com/tsgi/tsgi';

/** Files that the build copies beside the pages. */
export const copied: ReadonlyMap<string, string> = new Map([['packages/conformance/matrix.html', 'matrix.html']]);

/** @param from the file that has the link, relative to the root of the repository. */
export function onSite(href: string, from: string): string {
  if (/^(?:[a-z][a-z0-9+.-]*:|#|\/)/i.test(href)) return href;
  const [path = '', anchor] = href.split('#');
  const target = posix.join(posix.dirname(from), decodeURI(path)).replace(/\/$/, '');
  const hash = anchor === undefined ? '' : `#${anchor}`;
  const page = pages.get(target) ?? pages.get(`${target}/README.md`);
  if (page !== undefined) return `/${page}${hash}`;
  const copy = copied.get(target);
  if (copy !== undefined) return `/${copy}${hash}`;
  if (!existsSync(`${root}${target}`)) throw new Error(`${from}: ${href} leads nowhere`);
  return `${REPOSITORY}/${statSync(`${root}${target}`).isDirectory() ? 'tree' : 'blob'}/main/${target}${hash}`;
}

/** The anchor of a heading, as GitHub makes it: links are written for both. */
export function slugOf(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-');
}

interface Token {
  type: string;
  children: Token[] | null;
  attrGet(name: string): string | null;
  attrSet(name: string, value: string): void;
}

interface Markdown {
  core: { ruler: { push(name: string, rule: (state: { tokens: Token[]; env: { realPath?: string } }) => void): void } };
}

/** For `markdown.config` of VitePress. */
export function linkToSite(markdown: Markdown): void {
  markdown.core.ruler.push('tsgi-links', ({ tokens, env }) => {
    if (env.realPath === undefined) return; // For the index of the search, where no link is followed.
    const from = relative(root, env.realPath);
    for (const token of tokens.flatMap((outer) => outer.children ?? [])) {
      const href = token.type === 'link_open' ? token.attrGet('href') : null;
      if (href !== null) token.attrSet('href', onSite(href, from));
    }
  });
}
