// Checks the built site: every link leads to a page, a file or an anchor that is there, every page can be reached from the first one,
// and nothing is fetched from elsewhere.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Parser } from 'htmlparser2';

const dist = fileURLToPath(new URL('../dist', import.meta.url));
const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) =>
  statSync(join(dist, file)).isFile(),
);
const there = new Set(files);

/** Elements that fetch something, and the attribute that says what. */
const FETCHING = {
  script: ['src'],
  img: ['src', 'srcset'],
  source: ['src', 'srcset'],
  iframe: ['src'],
  video: ['src'],
  audio: ['src'],
};

function read(file) {
  const page = { ids: new Set(), links: [], fetched: [] };
  const parser = new Parser({
    onopentag(name, attributes) {
      if (attributes.id !== undefined) page.ids.add(attributes.id);
      if (name === 'a' && attributes.href !== undefined) page.links.push(attributes.href);
      if (name === 'link' && attributes.rel !== 'canonical') page.fetched.push(attributes.href);
      for (const attribute of FETCHING[name] ?? []) {
        if (attributes[attribute] !== undefined) page.fetched.push(attributes[attribute]);
      }
    },
  });
  parser.end(readFileSync(join(dist, file), 'utf8'));
  return page;
}

const pages = new Map(files.filter((file) => file.endsWith('.html')).map((file) => [file, read(file)]));

/** The file that a web server with clean addresses gives. */
function fileAt(path) {
  const plain = posix.normalize(path).replace(/^\//, '');
  return [plain, `${plain}.html`, posix.join(plain, 'index.html'), plain.replace(/\/$/, '.html')].find((file) =>
    there.has(file),
  );
}

const problems = [];
const reached = new Set(['index.html', '404.html', 'matrix.html']);
let count = 0;
for (const [file, { links, fetched }] of pages) {
  for (const href of [...links, ...fetched]) {
    const isFetched = fetched.includes(href);
    if (/^[a-z][a-z0-9+.-]*:|^\/\//i.test(href)) {
      if (isFetched && !href.startsWith('data:')) problems.push(`${file}: fetches ${href}, from elsewhere`);
      continue;
    }
    count += 1;
    const [path, hash] = href.split('#');
    const target = path === '' ? file : fileAt(decodeURI(new URL(path, `http://site/${file}`).pathname));
    if (target === undefined) problems.push(`${file}: ${href} is not there`);
    else {
      if (target !== file) reached.add(target);
      const anchor = hash === undefined ? '' : decodeURIComponent(hash);
      if (anchor !== '' && pages.has(target) && !pages.get(target).ids.has(anchor)) {
        problems.push(`${file}: ${href}: ${target} has no #${anchor}`);
      }
    }
  }
}
for (const file of pages.keys()) {
  if (!reached.has(file)) problems.push(`${file}: no page leads there`);
}
for (const file of files.filter((name) => name.endsWith('.css'))) {
  const text = readFileSync(join(dist, file), 'utf8');
  for (const [, address] of text.matchAll(/url\(["']?((?:https?:)?\/\/[^"')]*)/g)) {
    problems.push(`${file}: fetches ${address}, from elsewhere`);
  }
}
if (!existsSync(join(dist, 'index.html'))) problems.push('there is no first page');

if (problems.length > 0) {
  console.error([...new Set(problems)].join('\n'));
  process.exitCode = 1;
} else {
  console.log(`${count} links of ${pages.size} pages lead somewhere, and nothing is fetched from elsewhere`);
}
