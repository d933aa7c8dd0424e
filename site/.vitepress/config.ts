import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitepress';
import { copied, linkToSite, slugOf } from './links.ts';
import { nav, sidebar } from './navigation.ts';
import { others, pages, root } from './pages.ts';

const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#3b5bdb"/><path d="M7 10h8M11 10v13M18 21c3 3 8 1.500 7-1.500s-7-2-7-5.500 5-4.500 7-2" fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round"/></svg>`;

export default defineConfig({
  title: 'TSGI',
  description:
    'One calling convention between a web application and HTTP, FastCGI, SCGI and CGI, for JavaScript and TypeScript.',
  lang: 'en',
  srcDir: '..',
  srcExclude: others,
  rewrites: Object.fromEntries(pages),
  outDir: 'dist',
  cacheDir: 'node_modules/.vite',
  cleanUrls: true,
  lastUpdated: false,
  // The icon is in the page: nothing is asked of another host, nor of this one.
  head: [['link', { rel: 'icon', href: `data:image/svg+xml,${encodeURIComponent(ICON)}` }]],
  ignoreDeadLinks: [/^\/matrix(?:\.html)?/],
  vite: {
    plugins: [
      {
        // The pages lie outside of this folder, which alone has Vue installed.
        name: 'vue-of-the-site',
        enforce: 'pre',
        resolveId(source, importer) {
          const isPage = importer?.endsWith('.md') === true && /^vue(?:\/|$)/.test(source);
          return isPage ? this.resolve(source, join(root, 'site/index.md'), { skipSelf: true }) : undefined;
        },
      },
    ],
  },
  markdown: {
    config: linkToSite as never,
    anchor: { slugify: slugOf },
    // The languages of blocks that the highlighter has no grammar for.
    languageAlias: { haproxy: 'ini', lighttpd: 'perl', environ: 'txt' },
    toc: { level: [2, 3] },
  },
  themeConfig: {
    nav,
    sidebar,
    outline: [2, 3],
    search: {
      provider: 'local',
      options: {
        // Nine hundred lines of "passed" help nobody who searches.
        _render: (text, env, markdown) =>
          env.relativePath === 'conformance-matrix.md' ? '' : markdown.render(text, env),
      },
    },
    socialLinks: [{ icon: 'github', link: 'https://github.com/tsgi/tsgi' }],
    footer: { message: 'MIT licence' },
    externalLinkIcon: true,
  },
  buildEnd({ outDir }) {
    for (const [file, copy] of copied) {
      const text = readFileSync(`${root}${file}`, 'utf8');
      writeFileSync(join(outDir, copy), text.replaceAll('../../docs/spec.md', 'spec'));
    }
  },
});
