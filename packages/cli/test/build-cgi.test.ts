import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folder, HELLO, tsgi } from './command.ts';

const VARIABLES = {
  // What `#!/usr/bin/env node` finds.
  PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
  GATEWAY_INTERFACE: 'CGI/1.1',
  REQUEST_METHOD: 'GET',
  SCRIPT_NAME: '/cgi-bin/app',
  PATH_INFO: '/x',
  SERVER_NAME: 'example.org',
  SERVER_PORT: '80',
  SERVER_PROTOCOL: 'HTTP/1.1',
};

/** Runs a file as a web server does: by its own first line, in its own folder. */
function run(
  file: string,
  variables: Record<string, string> = {},
  input = '',
  args: readonly string[] = [],
): SpawnSyncReturns<string> {
  const env = {
    ...VARIABLES,
    ...(input === '' ? {} : { CONTENT_LENGTH: String(Buffer.byteLength(input)) }),
    ...variables,
  };
  return spawnSync(file, args, { env, input, encoding: 'latin1', cwd: dirname(file), timeout: 30_000 });
}

/** Builds an application, and copies the file to a folder where nothing else is. */
async function built(
  files: Readonly<Record<string, string>>,
  args: readonly string[],
  name = 'app.cgi',
): Promise<string> {
  const home = folder(files);
  const { exitCode, stderr } = await tsgi(['build-cgi', ...args, '-o', name], { cwd: home });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  const alone = join(folder(), name);
  copyFileSync(join(home, name), alone);
  return alone;
}

const APPS: Readonly<Record<string, Record<string, string>>> = {
  'an ES module': { 'app.mjs': HELLO },
  'an ES module with others, one of which it imports late': {
    'app.mjs': `import { text } from './text.mjs';
      class Response {}
      export default async (environ, startResponse) => {
        const { type } = await import('./type.mjs');
        startResponse('200 OK', [['Content-Type', type]]);
        return [Buffer.from(text(environ) + (new Response() instanceof globalThis.Response ? 'wrong' : ''))];
      };`,
    'text.mjs': `export const text = (environ) => 'hello ' + environ.REQUEST_METHOD + ' ' + environ.SCRIPT_NAME + '|' + environ.PATH_INFO + '\\n';`,
    'type.mjs': `export const type = 'text/plain';`,
  },
  CommonJS: { 'app.cjs': HELLO.replace('export default', 'module.exports =') },
  TypeScript: {
    'app.ts': HELLO.replace('(environ,', '(environ: Record<string, string>,').replace(
      ', startResponse)',
      ', startResponse: any)',
    ),
  },
  'a fetch application': {
    'app.mjs': `export default { fetch: (request) => new Response('hello ' + request.method + ' /cgi-bin/app|' + new URL(request.url).pathname + '\\n', { headers: { 'content-type': 'text/plain' } }) };`,
  },
  'a Node listener': {
    'app.mjs': `import http from 'node:http';
      export default http.createServer((request, response) => { response.setHeader('Content-Type', 'text/plain'); response.end('hello ' + request.method + ' /cgi-bin/app|' + request.url + '\\n'); });`,
  },
};

describe('a file that tsgi build-cgi has made, alone in its folder,', () => {
  it.each(Object.entries(APPS))('answers with %s', async (_what, files) => {
    const [name = ''] = Object.keys(files);
    const file = await built(files, [name]);
    const { stdout, stderr, status } = run(file);
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    expect(stdout.toLowerCase()).toContain('content-type: text/plain');
    expect(stdout).toMatch(/^Status: 200 OK\r\n/);
    expect(stdout).toMatch(/\r\n\r\nhello GET \/cgi-bin\/app\|\/x\n$/);
  });

  it.each(['app.mjs', 'app.cjs', 'app.js', 'app.cgi', 'app'])(
    'is called %s, in a package of either type',
    async (name) => {
      const home = folder({
        'hello.mjs': HELLO,
        'module/package.json': '{"type":"module"}',
        'commonjs/package.json': '{}',
      });
      for (const type of ['module', 'commonjs']) {
        const file = join(home, type, name);
        const { exitCode, stderr } = await tsgi(['build-cgi', 'hello.mjs', '-o', file], { cwd: home });
        expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
        // The words of a query without "=" may come as arguments: they name no file to load.
        const { stdout, stderr: log } = run(file, {}, '', ['./other.js', '--version']);
        expect(log).toBe('');
        expect(stdout).toMatch(/\r\n\r\nhello GET \/cgi-bin\/app\|\/x\n$/);
        expect(spawnSync(`./${name}`, { env: VARIABLES, cwd: dirname(file), encoding: 'latin1' }).stdout).toBe(stdout);
      }
    },
  );

  it('has a body to read, cookies both ways, and an answer that comes in pieces', async () => {
    const file = await built(
      {
        'app.mjs': `export default async (environ, startResponse) => {
          console.log('this is for the log');
          let length = 0;
          for await (const chunk of environ['tsgi.input']) length += chunk.byteLength;
          startResponse('201 Created', [['Content-Type', 'text/plain'], ['Set-Cookie', 'a=1'], ['Set-Cookie', 'b=2']]);
          return (async function* () {
            yield Buffer.from(environ.HTTP_COOKIE + ' ' + environ.SECRET + ' ' + environ.SCRIPT_NAME + ' ');
            await new Promise((resolve) => setTimeout(resolve, 5));
            yield Buffer.from(String(length));
          })();
        };`,
      },
      ['app.mjs', '--script-name', '/', '--environ', 'SECRET'],
    );
    const body = 'x'.repeat(300_000);
    const variables = { REQUEST_METHOD: 'POST', HTTP_COOKIE: 'c=3; d=4', SECRET: 'word', REQUEST_URI: '/x' };
    const { stdout, stderr, status } = run(file, variables, body);
    expect({ stderr, status }).toEqual({ stderr: 'this is for the log\n', status: 0 });
    expect(stdout).toContain('\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n');
    expect(stdout).toMatch(/^Status: 201 Created\r\n[^]*\r\n\r\nc=3; d=4 word {2}300000$/);
  });

  it('under the validator, says what breaks a rule', async () => {
    const app = `export default (environ, startResponse) => { startResponse('200 OK', []); return [Buffer.from('x')]; };`;
    const file = await built({ 'app.mjs': app }, ['app.mjs', '--validate']);
    const { stdout, stderr } = run(file);
    expect(stdout).toMatch(/\r\n\r\nx$/);
    expect(stderr).toMatch(/^tsgi: validator: .*Content-Type/);
  });
});

const FETCH = `(request) => new Response('fetch ' + new URL(request.url).pathname)`;
const LISTENER = `(_request, response) => response.end('node')`;
const PLAIN = `(environ, startResponse) => { startResponse('200 OK', []); return [Buffer.from('tsgi')]; }`;

const WATCH = `const vm = require('node:vm');
vm.Script = class extends vm.Script {
  constructor(text, options) {
    super(text, options);
    if (options.filename.endsWith('.server.js'))
      console.error(options.cachedData === undefined ? 'compiled' : 'rejected: ' + this.cachedDataRejected);
  }
};`;

describe('our part of the file is compiled already', () => {
  it.each([
    ['for the Node that built it', (text: string) => text, 'rejected: false\n'],
    [
      'which another build of the same version does not take',
      (text: string) => text.replace(`"${process.version} ${process.arch} `, '$&1'),
      'compiled\n',
    ],
    ['nor another version', (text: string) => text.replace(`"${process.version} `, '"v20.0.0 '), 'compiled\n'],
  ])('%s', async (_what, change, log) => {
    const file = await built({ 'app.mjs': HELLO }, ['app.mjs']);
    const text = readFileSync(file, 'utf8');
    expect(text).toContain(`\n"${process.version} ${process.arch} ${statSync(process.execPath).size}",\n()=>{/*`);
    writeFileSync(file, change(text));
    writeFileSync(join(dirname(file), 'watch.cjs'), WATCH);
    const { stdout, stderr } = run(file, { NODE_OPTIONS: '--require ./watch.cjs' });
    expect(stderr).toBe(log);
    expect(stdout).toMatch(/\r\n\r\nhello GET \/cgi-bin\/app\|\/x\n$/);
  });
});

describe('adapters are in the file', () => {
  it.each([
    ['unless the function is written there', `export default ${PLAIN};`, [], false, 'tsgi'],
    ['unless it is a constant with one name', `const app = ${PLAIN};\nexport default app;`, [], false, 'tsgi'],
    [
      'unless the command says so',
      `const app = ${PLAIN}; app.fetch = 1; export default app;`,
      ['--interface', 'tsgi'],
      false,
      'tsgi',
    ],
    [
      'where a constant was given something',
      `const app = ${LISTENER}; app.handle = () => {}; export default app;`,
      [],
      true,
      'node',
    ],
    [
      'where a function was',
      `export default function app(_request, response) { response.end('node'); } app.handle = () => {};`,
      [],
      true,
      'node',
    ],
    ['where it is called by another name', `const app = ${PLAIN}; export { app as default };`, [], true, 'tsgi'],
    ['where the command says so', `export default ${FETCH};`, ['--interface', 'fetch'], true, 'fetch /x'],
  ])('%s', async (_what, text, args, has, answer) => {
    const file = await built({ 'app.mjs': text }, ['app.mjs', ...args]);
    expect(readFileSync(file, 'utf8').includes('function fromFetch')).toBe(has);
    const { stdout, stderr } = run(file);
    expect(stderr).toBe('');
    expect(stdout.split('\r\n\r\n')[1]).toBe(answer);
  });
});

it('a file that tsgi build-cgi has made names no folder of who made it', async () => {
  const file = await built({ 'app.mjs': `import './other.mjs'; ${HELLO}`, 'other.mjs': 'console.error(1)' }, [
    'app.mjs',
  ]);
  expect(readFileSync(file, 'utf8')).not.toMatch(/tsgi-cli-|packages\/cli/);
});

const FAILED = 'Status: 500 Internal Server Error\r\nContent-Type: text/plain; charset=utf-8\r\n';

describe('an application that does not load is a 500, and the reason stands in the log', () => {
  it.each([
    ['it throws', `throw new Error('no database');`, /^tsgi: cannot load app\.mjs: Error: no database\n/],
    [
      'it throws later, while it waits',
      `setTimeout(() => { throw new Error('no database') }, 1); await new Promise((resolve) => setTimeout(resolve, 5000)); export default () => {};`,
      /^tsgi: cannot load app\.mjs: it ended the process\n[^]{1,500}Error: no database\n/,
    ],
    [
      'it is none',
      `export const other = 1;`,
      /^tsgi: cannot load app\.mjs: cannot serve app\.mjs: expected a function as its default export, or as app, found other \(number\)\n$/,
    ],
    [
      'it ends the process',
      `console.log('bye'); process.exit(0);`,
      /^bye\ntsgi: cannot load app\.mjs: it ended the process\n$/,
    ],
    [
      'it never finishes',
      `await new Promise(() => {}); export default () => {};`,
      /tsgi: cannot load app\.mjs: it never finished loading\n/,
    ],
  ])('%s', async (_what, text, log) => {
    const file = await built({ 'app.mjs': text }, ['app.mjs'], 'app.mjs'.replace('app', 'out'));
    const { stdout, stderr } = run(file);
    expect(stderr).toMatch(log);
    expect(stdout.startsWith(FAILED)).toBe(true);
    expect(stdout).toMatch(/\r\n\r\n500 Internal Server Error\n$/);
  });
});

describe('tsgi build-cgi refuses in one line', () => {
  const files = {
    'app.mjs': HELLO,
    'waits.mjs': `await 1; ${HELLO}`,
    'missing.mjs': `import './there-is-none.mjs'; ${HELLO}`,
    'unknown.mjs': `import 'no-such-package'; ${HELLO}`,
    'optional.cjs': `try { require('no-such-package') } catch {} ${HELLO.replace('export default', 'module.exports =')}`,
    'wrong.mjs': 'export default (',
    'addon.cjs': `require('./build/addon.node')`,
    'build/addon.node': '\u007fELF',
    'database.mjs': `import database from 'database'; ${HELLO}`,
    'node_modules/database/package.json': '{"name":"database","main":"index.js"}',
    'node_modules/database/index.js': `module.exports = require('bindings')('database')`,
  };
  it.each([
    ['no application', ['-o', 'x.cgi'], 2, 'expected an application, as in tsgi build-cgi app.js -o app.cgi'],
    ['no file', ['app.mjs'], 2, 'expected where to write it, as in tsgi build-cgi app.mjs -o app.cgi'],
    ['a second argument', ['app.mjs', 'x.cgi'], 2, 'unexpected argument "x.cgi"'],
    ['an application that is not there', ['app.mj', '-o', 'x.cgi'], 3, 'did you mean app.mjs?'],
    ['the application itself', ['app.mjs', '-o', 'app.mjs', '--force'], 2, '-o app.mjs: it is the application itself'],
    [
      'a folder',
      ['app.mjs', '-o', 'build', '--force'],
      2,
      'build is there already, and is no file that could be replaced',
    ],
    ['a word that is nearly one', ['app.mjs', '-o', 'x.cgi', '--extern', 'a'], 2, 'did you mean --external?'],
    ['await at the top level', ['waits.mjs', '-o', 'x.cgi'], 1, 'give the file a name that ends in .mjs'],
    ['a file that is not there', ['missing.mjs', '-o', 'x.cgi'], 1, "Could not resolve './there-is-none.mjs'"],
    ['a package that is not there', ['unknown.mjs', '-o', 'x.cgi'], 1, "Could not resolve 'no-such-package'"],
    ['a syntax error', ['wrong.mjs', '-o', 'x.cgi'], 1, 'wrong.mjs:1:'],
    ['a native addon', ['addon.cjs', '-o', 'x.cgi'], 1, 'addon.cjs is or loads a native addon (addon.node)'],
    [
      'a package with one',
      ['database.mjs', '-o', 'x.cgi'],
      1,
      'database is or loads a native addon (bindings); --external database',
    ],
  ])('%s', async (_what, args, code, line) => {
    const { exitCode, stdout, stderr } = await tsgi(['build-cgi', ...args], { cwd: folder(files) });
    expect(stderr).toContain(line);
    expect(stderr).toMatch(/^tsgi: [^\n]*\n$/);
    // oxlint-disable-next-line no-control-regex
    expect(stderr).not.toMatch(/\u001b|\[3\dm/);
    expect({ exitCode, stdout }).toEqual({ exitCode: code, stdout: '' });
  });

  it('but not a package that is required in a try, nor one that is said to be elsewhere', async () => {
    await built(files, ['optional.cjs']);
    const file = await built(files, ['database.mjs', '--external', 'database']);
    expect(run(file).stderr).toContain("Cannot find module 'database'");
    mkdirSync(join(dirname(file), 'node_modules/database'), { recursive: true });
    writeFileSync(join(dirname(file), 'node_modules/database/index.js'), 'module.exports = {}');
    expect(run(file).stdout).toContain('hello GET');
  });
});

it('tsgi build-cgi replaces a file with --force only, and writes it whole', async () => {
  const home = folder({ 'app.mjs': HELLO, 'app.cgi': 'mine', 'elsewhere.cgi': 'mine' });
  const file = join(home, 'app.cgi');
  chmodSync(file, 0o600);
  const refused = await tsgi(['build-cgi', 'app.mjs', '-o', 'app.cgi'], { cwd: home });
  expect(refused).toEqual({ exitCode: 2, stdout: '', stderr: 'tsgi: app.cgi is there already; --force replaces it\n' });
  expect(readFileSync(file, 'utf8')).toBe('mine');
  symlinkSync('elsewhere.cgi', join(home, 'link.cgi'));
  expect((await tsgi(['build-cgi', 'app.mjs', '-o', 'link.cgi'], { cwd: home })).exitCode).toBe(2);
  const forced = await tsgi(['build-cgi', 'app.mjs', '-o', 'app.cgi', '--force'], { cwd: home });
  expect(forced).toMatchObject({ exitCode: 0, stderr: '' });
  expect(forced.stdout).toMatch(/^wrote app\.cgi: \d+ KiB, for Node 20\.19 and newer\n$/);
  expect(statSync(file).mode & 0o100).toBe(0o100);
  expect(run(file).stdout).toContain('hello GET');
});
