import { createServer } from 'node:net';
import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { commandTable } from '../src/command-line/command-table.ts';
import { folder, HELLO, tsgi } from './command.ts';

const cwd = (files: Record<string, string> = {}): string => folder({ 'app.mjs': HELLO, ...files });

/** Ends with this code, says one line on standard error and nothing on standard output. */
async function fails(
  args: string[],
  exitCode: number,
  line: RegExp,
  options: Parameters<typeof tsgi>[1] = {},
): Promise<void> {
  const ended = await tsgi(args, { cwd: cwd(), ...options });
  expect(ended).toMatchObject({ exitCode, stdout: '' });
  expect(ended.stderr).toMatch(/^tsgi: [^\n]+\n$/);
  expect(ended.stderr).toMatch(line);
}

describe('usage errors end 2', () => {
  it.each<[string[], RegExp]>([
    [[], new RegExp(`expected a command: ${Object.keys(commandTable).join(', ')}; see tsgi --help`)],
    [['server'], /unknown command "server"/],
    [['toString'], /unknown command "toString"/],
    [['serve'], /expected an application/],
    [['serve', 'app.mjs', 'more'], /unexpected argument "more"/],
    [
      ['serve', 'app.mjs', '--port', '80'],
      /unknown option --port: an address is --bind HOST:PORT, .*; see tsgi serve --help/,
    ],
    [['serve', 'app.mjs', '--bind'], /--bind: expected a value, found none/],
    [
      ['serve', 'app.mjs', '--grace', '-1'],
      /--grace: a value that begins with a dash is written --grace=VALUE; see tsgi serve --help/,
    ],
    [['serve', 'app.mjs', '--config', ''], /--config: expected a file, found ""/],
    [['serve', 'app.mjs', '--bind', 'nonsense'], /--bind nonsense: expected HOST:PORT/],
    [['serve', 'app.mjs', '--bind', '127.0.0.1:0', '--bind', 'ftp://x:1'], /--bind ftp:\/\/x:1: unknown scheme "ftp"/],
    [['serve', 'app.mjs', '--backend', 'ajp'], /--backend: expected http, https, fcgi, scgi or cgi, found "ajp"/],
    [['serve', 'app.mjs', '--grace', 'long'], /--grace: expected a duration/],
    [['serve', 'app.mjs', '--head-size', '0', '--bind', '127.0.0.1:0'], /--head-size: expected /],
    [['serve', '--config', 'missing.json'], /--config missing.json: no such file/],
    [
      ['serve', 'app.mjs', '--bind', '127.0.0.1:0', '--trusted-peers', '10/8'],
      /--trusted-peers: trusted peer "10\/8": expected an address/,
    ],
    [['serve', 'app.mjs', '--workers', 'many'], /--workers: expected a number from 1 to 512, or auto, found "many"/],
    [['serve', 'app.mjs', '--no-grace'], /unknown option --no-grace; did you mean --grace\?/],
    [['request'], /expected an application/],
    [['request', 'app.mjs', '/', '-X', 'BAD METHOD'], /expected a method/],
    [['request', 'app.mjs', '/', '-H', 'no colon'], /expected Name: value/],
    [['request', 'app.mjs', '/', '-H', 'X: a\x01b'], /expected Name: value/],
    [['gateway'], /expected --to ADDRESS/],
    [['gateway', '--to', 'http://127.0.0.1:1'], /--to http:\/\/127.0.0.1:1: expected fcgi:/],
    [['gateway', '--to', 'fcgi://127.0.0.1:1', '--static'], /--static needs --root/],
    [['gateway', '--to', 'cgi'], /expected --to cgi --root FOLDER/],
    [['gateway', '--to', 'cgi:app.mjs', '--root', '.'], /expected --to cgi --root FOLDER/],
    [['gateway', '--to', 'scgi://127.0.0.1:1', '--root', '.'], /--root with scgi needs --static/],
    [['gateway', '--to', 'fcgi+fd:3'], /nobody connects to a descriptor/],
    [['gateway', '--to', 'fcgi:127.0.0.1:1'], /--to fcgi:127.0.0.1:1: expected/],
  ])('tsgi %j', async (args, line) => {
    await fails(args, 2, line);
  });

  it('a bad variable', async () => {
    await fails(['serve', 'app.mjs'], 2, /TSGI_BIND x: expected HOST:PORT/, { env: { TSGI_BIND: 'x' } });
    await fails(['serve', 'app.mjs'], 2, /TSGI_BIND: expected an address, found none/, { env: { TSGI_BIND: ',' } });
    await fails(['serve'], 2, /TSGI_CONFIG none.js: no such file/, { env: { TSGI_CONFIG: 'none.js' } });
    await fails(['serve', 'app.mjs'], 2, /PORT: expected a number from 0 to 65535, found "x"/, { env: { PORT: 'x' } });
  });

  it.each([
    [
      'tsgi.config.json',
      '{"app": "./app.mjs", "bimd": "x"}',
      /tsgi.config.json: unknown key "bimd"; did you mean bind\?/,
    ],
    ['tsgi.config.json', '{"app": ', /tsgi.config.json: /],
    ['tsgi.config.json', '[]', /tsgi.config.json: expected an object as its default export, found an array/],
    ['tsgi.config.mjs', 'export const app = 1', /tsgi.config.mjs: expected an object .* found undefined/],
    [
      'tsgi.config.mjs',
      'throw new Error("no luck\\nat all")',
      /tsgi.config.mjs: Error: no luck \(.*tsgi\.config\.mjs:1:7\)\n/,
    ],
    ['tsgi.config.mjs', 'export default { bind: 8000 }', /tsgi.config.mjs: bind: expected text, found 8000/],
    ['tsgi.config.json', '{"workers": 0}', /json: workers: expected a number from 1 to 512, or auto, found 0/],
    ['tsgi.config.mjs', 'await new Promise(() => {})', /tsgi.config.mjs: it never finished loading\n/],
    ['tsgi.config.mjs', 'export default new Promise(() => {})', /tsgi.config.mjs: it never finished loading\n/],
    ['tsgi.config.json', '{"bind": []}', /tsgi.config.json: bind: expected an address, found none/],
    ['tsgi.config.mjs', 'export default { bind: "x" }', /tsgi.config.mjs: bind x: expected HOST:PORT/],
  ])('%s: %s', async (name, text, line) => {
    await fails(['serve'], 2, line, { cwd: cwd({ [name]: text }) });
  });
});

describe('an application that cannot be loaded ends 3', () => {
  it.each([
    ['missing.mjs', '', /cannot load missing.mjs: there is no file /],
    [
      'throws.mjs',
      '\nthrow new TypeError("boom\\nsecond line")',
      /cannot load throws.mjs: TypeError: boom \(.*throws.mjs:2:7\)/,
    ],
    ['throws-text.mjs', 'throw "boom"', /it threw boom/],
    ['syntax.mjs', 'let a = 1;\nlet b = = 2;', /SyntaxError: Unexpected token '=' \(.*syntax.mjs:2:9\)/],
    ['needs.mjs', 'import "not-installed"', /Cannot find package 'not-installed' imported from .*needs.mjs/],
    [
      'number.mjs',
      'export default 3',
      /expected a function as its default export, or as app, found default \(number\)/,
    ],
    ['empty.mjs', '', /found nothing/],
    ['object.mjs', 'export default { answer() {} }', /found default \(object\)/],
    ['stuck.mjs', 'await new Promise(() => {})', /cannot load stuck.mjs: it never finished loading/],
    [
      'named.mjs:other',
      'export const handler = () => []',
      /expected a function as its export other, found handler \(function\)/,
    ],
  ])('%s', async (spec, text, line) => {
    const files = spec.startsWith('missing') ? {} : { [spec.split(':')[0] ?? '']: text };
    await fails(['serve', spec, '--bind', '127.0.0.1:0'], 3, line, { cwd: cwd(files) });
  });

  it('a URL that names no file', async () => {
    await fails(['serve', 'file://elsewhere/app.mjs'], 3, /cannot load file:\/\/elsewhere\/app.mjs: File URL host/);
  });

  it('a folder', async () => {
    await fails(['serve', '.', '--bind', '127.0.0.1:0'], 3, /cannot load \.: it is a folder; expected a file/);
  });

  it('TypeScript on a Node that cannot load it', async () => {
    const stripsTypes = 'typescript' in process.features && process.features.typescript !== false;
    const line = /cannot load app.ts: this Node \(\S+\) cannot load TypeScript; use Node 22.18 or newer/;
    if (stripsTypes) return;
    await fails(['serve', 'app.ts', '--bind', '127.0.0.1:0'], 3, line, { cwd: cwd({ 'app.ts': 'export default 1' }) });
    const config = cwd({ 'tsgi.config.ts': 'export default {}' });
    await fails(['serve'], 2, /tsgi.config.ts: this Node \(\S+\) cannot load TypeScript/, { cwd: config });
  });
});

describe('an address that cannot be had ends 3 and is named', () => {
  it('an occupied port', async () => {
    const occupant = createServer();
    await new Promise<void>((resolve) => occupant.listen(0, '127.0.0.1', resolve));
    const address = occupant.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    for (const scheme of ['http', 'fcgi', 'scgi']) {
      const where = `${scheme}://127.0.0.1:${port}`;
      await fails(
        ['serve', 'app.mjs', '--bind', where],
        3,
        new RegExp(`${where} is already in use; choose another address with --bind\n`),
      );
    }
    occupant.close();
  });

  it('an occupied socket, and a path that is something else', async () => {
    const path = `${folder()}/s`;
    const occupant = createServer();
    await new Promise<void>((resolve) => occupant.listen(path, resolve));
    await fails(['serve', 'app.mjs', '--bind', `fcgi+unix:${path}`], 3, new RegExp(`unix:${path} is taken`));
    occupant.close();
    writeFileSync(path, 'precious');
    await fails(
      ['serve', 'app.mjs', '--bind', `fcgi+unix:${path}`],
      3,
      new RegExp(`unix:${path} is taken.*not a socket`),
    );
  });

  it('a socket in a folder that is not there', async () => {
    const path = `${folder()}/none/s`;
    await fails(
      ['serve', 'app.mjs', '--bind', `fcgi+unix:${path}`],
      3,
      /cannot listen on .*: there is no folder .*none\n/,
    );
  });

  it('a descriptor that nobody handed over', async () => {
    await fails(['serve', 'app.mjs', '--bind', 'fd:77'], 3, /fd:77: it is not open/);
  });

  it('a root that is no folder', async () => {
    await fails(['gateway', '--to', 'fcgi://127.0.0.1:1', '--root', 'app.mjs'], 3, /--root app.mjs: not a folder/);
    await fails(
      ['gateway', '--to', 'fcgi://127.0.0.1:1', '--root', 'none'],
      3,
      /--root none: there is no such folder\n/,
    );
  });

  it('a program that cannot be run', async () => {
    await fails(['gateway', '--to', 'cgi:none'], 3, /--to cgi:.*none: there is no such file\n/);
    await fails(['gateway', '--to', 'cgi:app.mjs'], 3, /--to cgi:.*app.mjs: not executable; chmod \+x lets it run\n/);
    await fails(['gateway', '--to', 'cgi:.'], 3, /--to cgi:.*: not a file; expected a program/);
  });
});

it('a CGI program that a person started is told what starts one, and still answers', async () => {
  const ended = await tsgi(['serve', 'app.mjs', '--backend', 'cgi'], { cwd: cwd() });
  expect(ended.stderr).toMatch(/^tsgi: CGI programs are started by a web server; tsgi request --backend cgi stands/);
  expect(ended.stdout).toMatch(/^Status: 400 /);
});
