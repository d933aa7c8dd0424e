import type { NewFile } from './write-files.ts';

/** What a new application is written in. */
export type Language = 'typescript' | 'javascript';

/** A new application. */
export interface Starter {
  /** As npm takes it. */
  readonly name: string;
  readonly language: Language;
  /** What npm takes tsgi and its packages from: a range of versions, or a folder. */
  readonly dependencies: Readonly<Record<string, string>>;
}

/** An application with a test, that runs by `npm install && npm start`. */
export function starterFiles({ name, language, dependencies }: Starter): NewFile[] {
  const isTyped = language === 'typescript';
  // Node runs TypeScript by itself from 22.18 on; whatever Node is there runs what tsc writes.
  const build = isTyped ? 'tsc && ' : '';
  const app = isTyped ? 'dist/app.js' : 'app.js';
  const manifest = {
    name,
    version: '0.0.0',
    private: true,
    type: 'module',
    scripts: {
      start: `${build}tsgi serve ${app}`,
      test: `${build}node --test ${app.replace('.js', '.test.js')}`,
      check: `${build}tsgi check ${app}`,
    },
    dependencies,
    ...(isTyped ? { devDependencies: { '@types/node': '^20.19.0', typescript: '^7.0.2' } } : {}),
    engines: { node: '>=20.19' },
  };
  const sources = isTyped
    ? [
        { path: 'tsconfig.json', text: json(TYPESCRIPT) },
        { path: 'src/app.ts', text: appText(language) },
        { path: 'src/app.test.ts', text: TEST },
      ]
    : [
        { path: 'app.js', text: appText(language) },
        { path: 'app.test.js', text: TEST },
      ];
  return [
    { path: 'package.json', text: json(manifest) },
    { path: '.gitignore', text: isTyped ? 'node_modules/\ndist/\n' : 'node_modules/\n' },
    { path: 'README.md', text: readme(name, isTyped ? 'src/app.ts' : 'app.js', app) },
    ...sources,
  ];
}

/** A folder's name as npm takes it: small letters, nothing that a URL would have to encode. */
export function packageName(folder: string): string {
  const plain = folder.toLowerCase().replaceAll(/[^a-z0-9._-]+/g, '-');
  return plain.replace(/^[._-]+/, '').slice(0, 100) || 'app';
}

const TYPESCRIPT = {
  compilerOptions: {
    target: 'es2023',
    module: 'nodenext',
    rootDir: 'src',
    outDir: 'dist',
    types: ['node'],
    strict: true,
    noUncheckedIndexedAccess: true,
  },
  include: ['src'],
};

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

function appText(language: Language): string {
  const isTyped = language === 'typescript';
  return `import { ${isTyped ? 'type App, ' : ''}byteStringToText } from '@tsgi/core';

${isTyped ? '' : "/** @type {import('@tsgi/core').App} */\n"}const app${isTyped ? ': App' : ''} = (environ, startResponse) => {
  const name = byteStringToText(environ.PATH_INFO).slice(1) || 'world';
  startResponse('200 OK', [['Content-Type', 'text/plain; charset=utf-8']]);
  if (environ.REQUEST_METHOD === 'HEAD') return [];
  return [new TextEncoder().encode(\`Hello, \${name}!\\n\`)];
};

export default app;
`;
}

const TEST = `import { equal } from 'node:assert/strict';
import { test } from 'node:test';
import { callApp } from '@tsgi/core/testing';
import app from './app.js';

test('greets whom the path names', async () => {
  const response = await callApp(app, { target: '/you' });
  equal(response.status, '200 OK');
  equal(response.text, 'Hello, you!\\n');
});
`;

function readme(name: string, source: string, app: string): string {
  return `# ${name}

\`\`\`
npm install
npm start                # http://127.0.0.1:8000
npm test
npm run check            # does it keep the contract?
\`\`\`

The application is \`${source}\`. The same one runs over another wire by another word:

\`\`\`
npx tsgi serve ${app} --bind fcgi+unix:app.sock    # FastCGI; scgi+unix:app.sock
npx tsgi serve ${app} --backend cgi                # CGI
npx tsgi init --passenger ${app}                   # cPanel, Plesk
\`\`\`
`;
}
