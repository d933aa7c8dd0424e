import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localhost } from '../../packages/http-backend/test/support/certificates.ts';
import { blocksOf, documentedPages, pageNote } from '../../scripts/code-blocks.mjs';

const root = new URL('../../', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'tsgi-documented-'));

interface Block {
  name: string;
  text: string;
  isTyped: boolean;
}

/** Blocks in JavaScript and TypeScript for which no comment says another thing: as they stand, but for ports and places. */
const blocks: Block[] = documentedPages()
  .filter((page) => pageNote(page) === undefined)
  .flatMap((page) => blocksOf(page))
  .filter(({ language, note }) => /^(?:js|ts)$/.test(language) && note === undefined)
  .map(({ page, line, language, text }, index) => {
    // A configuration is checked by the compiler, whatever it is written in: so are its keys.
    const isConfig = text.includes('defineConfig(');
    const imported = isConfig && !text.includes('tsgi/config') ? `import { defineConfig } from 'tsgi/config';\n` : '';
    return {
      name: `${page}:${line}`,
      text: imported + adapted(text, join(folder, String(index))),
      isTyped: language === 'ts' || isConfig,
    };
  });

/** @param place a folder of its own, for its sockets. */
function adapted(text: string, place: string): string {
  for (const name of ['run/app', 'tmp']) mkdirSync(join(place, name), { recursive: true });
  return text
    .replaceAll(/\bport: \d+/g, 'port: 0')
    .replaceAll("'127.0.0.1', 8000", "'127.0.0.1', 0")
    .replaceAll('.listen(8000)', '.listen(0)')
    .replaceAll(/'(?:unix:)?\/(?:run|tmp)\/(?=[^']*sock)/g, (socket) => socket.replace('/', `${place}/`))
    .replaceAll(/'\/srv\/www'|'\/usr\/lib\/cgi-bin'/g, `'${folder}'`)
    .replaceAll('/usr/lib/git-core/git-http-backend', process.execPath)
    .replaceAll('…', '');
}

function fileOf({ name, isTyped }: Block): string {
  const base = name.replaceAll(/\W+/g, '-');
  return isTyped ? `${base}.ts` : `${base}.js`;
}

/** What runs: the compiler's output of what has types. */
function runnable(block: Block): string {
  return join(folder, block.isTyped ? `out/${fileOf(block).replace('.ts', '.js')}` : fileOf(block));
}

const isProgram = ({ text }: Block): boolean => text.includes("import { serve } from '@tsgi/cgi-backend'");
const problems = new Map<string, string | undefined>();

beforeAll(async () => {
  mkdirSync(join(folder, 'node_modules/@types'), { recursive: true });
  mkdirSync(join(folder, 'out'));
  const modules = join(folder, 'node_modules');
  for (const name of ['express', 'hono', 'ws']) {
    symlinkSync(join(root, 'packages/adapters/node_modules', name), join(modules, name));
  }
  symlinkSync(join(root, 'node_modules/@types/node'), join(modules, '@types/node'));
  symlinkSync(join(root, 'packages/cli'), join(modules, 'tsgi'));
  mkdirSync(join(modules, '@tsgi'));
  const own = ['adapters', 'cgi-backend', 'conformance', 'core', 'fcgi-backend', 'http-backend', 'scgi-backend'];
  for (const name of [...own, 'supervisor', 'transport']) {
    symlinkSync(join(root, 'packages', name), join(modules, '@tsgi', name));
  }
  for (const name of ['globals.d.ts', 'run-blocks.mjs', 'surroundings.mjs']) {
    writeFileSync(join(folder, name), execFileSync('cat', [join(root, 'test/documented-code', name)]));
  }
  const hello = `export default (environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [Buffer.from('Hello\\n')];
};\n`;
  const files: Record<string, string> = {
    'package.json': '{ "type": "module", "private": true }',
    'app.js': hello,
    'app.mjs': hello,
    'my-backend.ts': "export { httpBackend as myBackend } from '@tsgi/http-backend';\n",
    'key.pem': localhost.key,
    'cert.pem': localhost.cert,
    'tsconfig.json': JSON.stringify({
      compilerOptions: {
        module: 'nodenext',
        target: 'es2023',
        lib: ['es2024', 'dom'],
        types: ['node'],
        strict: true,
        skipLibCheck: true,
        rewriteRelativeImportExtensions: true,
        rootDir: '.',
        outDir: 'out',
      },
      include: ['*.ts'],
    }),
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  for (const block of blocks) writeFileSync(join(folder, fileOf(block)), block.text);

  const run = promisify(execFile);
  // A block with a mistake in its types is not written, and fails as it is loaded: with what the compiler said of it.
  const { stdout: complaints } = await run(
    join(root, 'node_modules/.bin/tsc'),
    ['-p', folder, '--noEmitOnError', 'false'],
    {
      cwd: folder,
    },
  ).catch((error: { stdout: string }) => error);
  for (const block of blocks.filter(({ isTyped }) => isTyped)) {
    const own = complaints.split('\n').filter((line) => line.startsWith(fileOf(block)));
    if (own.length > 0) problems.set(runnable(block), own.join('\n'));
  }

  const modulesToRun = blocks.filter((block) => !isProgram(block) && !problems.has(runnable(block))).map(runnable);
  const forEver = blocks.filter(({ text }) => text.includes('serveForever()')).map(runnable);
  const { stdout } = await run(
    process.execPath,
    ['--import', './surroundings.mjs', 'run-blocks.mjs', ...modulesToRun],
    {
      cwd: folder,
      env: { ...process.env, SERVES_FOR_EVER: forEver.join(':') },
      timeout: 60_000,
    },
  ).catch((error: { stdout: string }) => error);
  for (const line of stdout.split('\n').filter((text) => text.startsWith('{"file":'))) {
    const { file, problem }: { file: string; problem?: string } = JSON.parse(line);
    problems.set(file, problem);
  }

  const cgi = { GATEWAY_INTERFACE: 'CGI/1.1', REQUEST_METHOD: 'GET', PATH_INFO: '/you', SCRIPT_NAME: '' };
  const variables = { ...cgi, SERVER_NAME: 'localhost', SERVER_PORT: '80', SERVER_PROTOCOL: 'HTTP/1.1' };
  for (const block of blocks.filter(isProgram)) {
    const file = runnable(block);
    const { stdout: answer } = await run(process.execPath, ['--import', './surroundings.mjs', file], {
      cwd: folder,
      env: { PATH: process.env['PATH'], ...variables },
    });
    problems.set(file, answer.startsWith('Status: 200 OK\r\n') ? undefined : `it answers ${JSON.stringify(answer)}`);
  }
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('code in the pages', () => {
  it('is much', () => {
    expect(blocks.length).toBeGreaterThan(30);
  });

  it.each(blocks.map((block) => [block.name, block] as const))('%s runs as it stands there', (_name, block) => {
    const file = runnable(block);
    expect(problems.has(file), 'it was run').toBe(true);
    expect(problems.get(file)).toBeUndefined();
  });
});
