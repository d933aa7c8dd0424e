import type { DefaultTheme } from 'vitepress';
import { pages, pagesIn, titleOf } from './pages.ts';

type Item = DefaultTheme.SidebarItem;

/** A page under its own title, or a shorter one. */
function page(file: string, text: string = titleOf(file)): Item {
  const found = pages.get(file);
  if (found === undefined) throw new Error(`${file} is no page of the site`);
  return { text, link: `/${found.replace(/(?:index)?\.md$/, '')}` };
}

function group(text: string, items: Item[], collapsed = false): Item {
  return { text, items, collapsed };
}

/** What is in a folder, but for what is named elsewhere. */
function folder(path: string, except: readonly string[] = []): Item[] {
  return pagesIn(path)
    .filter((file) => !except.includes(file))
    .map((file) => page(file));
}

/** In the order in which most people look for them; what else is in the folder follows. */
const DEPLOY_FIRST = ['index', 'nginx', 'apache', 'shared-hosting', 'cpanel', 'lighttpd', 'haproxy', 'caddy', 'h2o']
  .map((name) => `docs/deploy/${name}.md`)
  .filter((file) => pages.has(file));

const guide: Item[] = [
  group('Start', [
    page('docs/getting-started.md'),
    page('README.md', 'What TSGI is'),
    page('docs/contract.md'),
    page('examples/README.md'),
  ]),
  group('For app authors', [page('docs/core.md'), page('docs/check.md'), page('docs/performance.md')]),
  group('For framework users', [
    page('docs/frameworks.md'),
    ...folder('docs/frameworks'),
    page('docs/frameworks-matrix.md'),
  ]),
  group('For server authors', [
    page('examples/uwsgi-backend/README.md', 'Write a backend'),
    page('packages/conformance/README.md', 'The conformance kit'),
    page('packages/transport/README.md', 'Sockets: @tsgi/transport'),
  ]),
  group('For operators', [
    page('docs/behind-a-web-server.md'),
    page('docs/deployment.md'),
    page('docs/capacity.md'),
    page('docs/observability.md'),
    page('docs/fastcgi-programs.md'),
    page('docs/mistakes.md'),
    page('docs/command.md'),
  ]),
  group('Deploy', [
    ...DEPLOY_FIRST.map((file) => page(file)),
    ...folder('docs/deploy', DEPLOY_FIRST),
    page('examples/deploy/README.md', 'The recipes as files'),
  ]),
  group('Backends', [
    page('docs/backends.md', 'All of them: limits and options'),
    page('packages/http-backend/README.md', 'HTTP'),
    page('packages/fcgi-backend/README.md', 'FastCGI'),
    page('packages/scgi-backend/README.md', 'SCGI'),
    page('packages/cgi-backend/README.md', 'CGI'),
  ]),
  group('Questions', [page('docs/questions.md'), page('docs/wsgiref.md')]),
  group('The project', [
    page('docs/support.md'),
    page('SECURITY.md'),
    page('docs/dependencies.md'),
    page('CONTRIBUTING.md'),
    page('CHANGELOG.md'),
  ]),
];

/** What an operator wants at the top, and the rest below. */
const FIRST_FOR_OPERATORS = ['Deploy', 'For operators', 'Backends'];
const operations: Item[] = [
  ...FIRST_FOR_OPERATORS.flatMap((name) => guide.filter(({ text }) => text === name)),
  ...guide.filter(({ text = '' }) => !FIRST_FOR_OPERATORS.includes(text)),
];

const specification: Item[] = [
  group('The contract', [
    page('docs/contract.md'),
    page('docs/spec.md', 'The specification'),
    page('docs/rules.md', 'Where each rule is proved'),
  ]),
  group('Conformance', [
    page('packages/conformance/README.md', 'The conformance kit'),
    page('packages/conformance/MATRIX.md', 'The matrix'),
    page('docs/frameworks-matrix.md'),
  ]),
  group('Performance', [page('docs/performance.md'), page('docs/benchmarks/README.md', 'The benchmark report')]),
];

/** A page of docs/ that nobody has given a place is found all the same. */
const placed = new Set([...guide, ...specification].flatMap(({ items = [] }) => items.map(({ link }) => link)));
const unplaced = pagesIn('docs')
  .map((file) => page(file))
  .filter(({ link }) => !placed.has(link));
if (unplaced.length > 0) guide.push(group('More', unplaced));

/** By package, and below each its entry points. */
function reference(): Item[] {
  const files = pagesIn('site/reference').filter((file) => file !== 'site/reference/index.md');
  return files.map((file) => page(file, titleOf(file)));
}

export const sidebar: DefaultTheme.SidebarMulti = {
  '/reference/': [
    group(
      'Packages',
      ['core', 'adapters', 'supervisor', 'cli', 'create-tsgi'].map((name) => page(`packages/${name}/README.md`)),
    ),
    group('API', reference()),
  ],
  '/deploy/': operations,
  '/behind-a-web-server': operations,
  '/deployment': operations,
  '/observability': operations,
  '/fastcgi-programs': operations,
  '/mistakes': operations,
  '/spec': specification,
  '/rules': specification,
  '/conformance-matrix': specification,
  '/benchmarks/': specification,
  '/': guide,
};

export const nav: DefaultTheme.NavItem[] = [
  { text: 'Start', link: '/getting-started' },
  {
    text: 'Guides',
    items: [
      { text: 'App authors', link: '/contract' },
      { text: 'Framework users', link: '/frameworks' },
      { text: 'Server authors', link: '/write-a-backend' },
      { text: 'Operators', link: '/deploy/' },
      { text: 'Shared hosting', link: '/deploy/shared-hosting' },
    ],
  },
  {
    text: 'Specification',
    items: [
      { text: 'The specification', link: '/spec' },
      { text: 'Conformance matrix', link: '/conformance-matrix' },
      { text: 'Benchmarks', link: '/benchmarks/' },
    ],
  },
  {
    text: 'Reference',
    items: [
      { text: 'The command', link: '/command' },
      { text: 'API', link: '/reference/' },
      { text: 'Backends', link: '/backends' },
    ],
  },
  { text: 'Questions', link: '/questions' },
];
