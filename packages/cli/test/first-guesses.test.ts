import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { TsgiError } from '@tsgi/core';
import { startFailure } from '../src/serving/start-failure.ts';
import { closest } from '../src/command-line/did-you-mean.ts';
import { folder, HELLO, tsgi } from './command.ts';

const cwd = (files: Record<string, string> = {}): string => folder({ 'app.mjs': HELLO, ...files });

describe('a first guess is told what was meant', () => {
  it.each([
    [['serve', 'app.mjs', '--port', '3000'], '--bind HOST:PORT, as in --bind 127.0.0.1:3000'],
    [['serve', 'app.mjs', '--port=3000', '--host=0.0.0.0'], 'as in --bind 0.0.0.0:3000'],
    [['serve', 'app.mjs', '--host', '0.0.0.0'], 'as in --bind 0.0.0.0:8000'],
    [['serve', 'app.mjs', '-p', '3000'], 'as in --bind 127.0.0.1:3000'],
    [['gateway', '--to', 'cgi', '--port', '1'], 'as in --bind 127.0.0.1:1'],
    [['gateway', '--to', 'cgi', '--watch'], 'node --watch /'],
    [['serve', 'app.mjs', '--reload'], 'did you mean --watch?'],
    [['serve', 'app.mjs', '-w'], 'did you mean --watch?'],
    [['completion', 'bsah'], 'did you mean bash?'],
    [['serve', 'app.mjs', '--bind', '8000'], 'did you mean 127.0.0.1:8000, or :8000 for every interface?'],
    [['serve', 'app.mjs', '--bind', 'localhost'], 'did you mean localhost:8000?'],
    [['serve', 'app.mjs', '--bind', '0.0.0.0'], 'did you mean 0.0.0.0:8000?'],
    [['serve', 'app.mjs', '--bind', '/run/app.sock'], 'did you mean unix:/run/app.sock?'],
    [['serve', 'app.mjs', '--bind', 'http://127.0.0.1:80/'], 'did you mean 127.0.0.1:80?'],
    [['serve', 'app.mjs', '--bind', 'htp://127.0.0.1:80'], 'did you mean http?'],
    [['serve', 'app.mjs', '--bind', 'unix:///run/app.sock'], 'did you mean unix:/run/app.sock?'],
    [['serve', 'app.mjs', '--bind', 'unix://run/app.sock'], 'did you mean unix:/run/app.sock?'],
    [['serve', 'app.mjs', '--bind', 'fastcgi://127.0.0.1:9000'], 'did you mean fcgi://127.0.0.1:9000?'],
    [['serve', 'app.mjs', '--bind', 'fcgi:/run/app.sock'], 'did you mean fcgi+unix:/run/app.sock?'],
    [['serve', 'app.mjs', '8000'], 'did you mean --bind 127.0.0.1:8000?'],
    [['serve', 'app.mjs', '0.0.0.0:80'], 'did you mean --bind 0.0.0.0:80?'],
    [['serve', 'app.mjs', '--bind', 'http:127.0.0.1:80'], 'did you mean http://127.0.0.1:80?'],
    [['serve', 'app.mjs', '--backend', 'fastcgi'], 'did you mean fcgi?'],
    [['serve', 'app.mjs', '--backend', 'http2'], 'did you mean https, which has HTTP/2, or http with --h2c?'],
    [['serve', 'app.mjs', '--http2=false'], '--http2 takes no value: it is --http2, or --no-http2; see'],
    [
      ['serve', 'app.mjs', '--keep-alive-timeout', '0', '--bind', '127.0.0.1:0'],
      'expected a duration above 0, found 0',
    ],
    [['serve', 'app.mjs', '--max-body', '10mb'], 'found "10mb"; did you mean 10m?'],
    [['serve', 'app.mjs', '--head-size', '32KiB'], 'did you mean 32k?'],
    [['serve', 'app.mjs', '--grace', '2h'], 'found "2h"; did you mean 120m?'],
    [['serve', 'app.mjs', '--grace', '5 min'], 'did you mean 5m?'],
    [['gateway', '--to', 'fcgi://127.0.0.1'], 'did you mean fcgi://127.0.0.1:9000?'],
    [['help'], 'did you mean tsgi --help?'],
    [['version'], 'did you mean tsgi --version?'],
    [['-v'], 'did you mean tsgi --version?'],
    [['request', 'app.mjs', '--timeout', '0'], 'expected a duration above 0, found "0"'],
    [['check', 'app.mjs', '--timeout', '0'], 'expected a duration above 0, found "0"'],
    [['conformance', 'http://127.0.0.1:1', '--timeout', '0'], 'expected a duration above 0, found "0"'],
    [['gateway', '--to', '127.0.0.1:9000'], 'did you mean fcgi://127.0.0.1:9000?'],
    [['gateway', '--to', 'unix:/run/php.sock'], 'did you mean fcgi+unix:/run/php.sock?'],
    [['gateway', '--to', 'php-fpm.sock'], 'did you mean fcgi+unix:php-fpm.sock?'],
    [['gateway', '--to', 'fgci://127.0.0.1:9000'], 'did you mean fcgi://127.0.0.1:9000?'],
    [['gateway', '--to', 'sgci+unix:/run/x'], 'did you mean scgi+unix:/run/x?'],
    [['conformance', 'htp://127.0.0.1:1'], 'did you mean http?'],
    [['conformance', 'fgci+unix:/x'], 'did you mean fcgi?'],
    [['serve', 'app.mjs', '--interface', 'nod'], 'did you mean node?'],
    [['serve', 'app.mjs', '--workers', '1', '--bind', 'scig+unix:x'], 'did you mean scgi?'],
    [['app.mjs'], 'did you mean tsgi serve app.mjs?'],
    [['app.ts:main'], 'did you mean tsgi serve app.ts:main?'],
    [['sevre', 'app.mjs'], 'did you mean tsgi serve?'],
    [['serve', 'app.mjs', '--scriptname', '/a'], 'did you mean --script-name?'],
    [['serve', 'app.mjs', '--scriptName', '/a'], 'did you mean --script-name?'],
    [['serve', 'app.mjs', '--max-bdoy', '1m'], 'did you mean --max-body?'],
    [['serve', 'app.mjs', '--backend', 'fgci'], 'did you mean fcgi?'],
    [['serve', 'app.mjs', '--backend', 'fcgi', '--roles', 'responder'], 'did you mean RESPONDER?'],
    [['check', 'app.mjs', '--fromat', 'json'], 'did you mean --format?'],
    [['conformance', 'http://127.0.0.1:1', '--format', 'jsno'], 'did you mean json?'],
  ])('tsgi %j', async (args, hint) => {
    const { exitCode, stderr, stdout } = await tsgi(args, { cwd: cwd() });
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(/^tsgi: [^\n]+\n$/);
    expect(stderr).toContain(hint);
  });

  it.each([
    ['{"scriptname": "/a"}', 'unknown key "scriptname"; did you mean scriptName?'],
    ['{"script-name": "/a"}', 'did you mean scriptName?'],
    ['{"max_body": 1}', 'did you mean maxBody?'],
    ['{"backend": "HTTP"}', 'did you mean http?'],
  ])('a config of %s', async (config, hint) => {
    const { exitCode, stderr } = await tsgi(['serve', 'app.mjs'], { cwd: cwd({ 'tsgi.config.json': config }) });
    expect(exitCode).toBe(2);
    expect(stderr).toContain(hint);
  });

  it.each([
    ['ap.mjs', 'there is no file .*/ap\\.mjs; did you mean app\\.mjs\\?'],
    ['app', 'there is no file .*/app; did you mean app\\.mjs\\?'],
    ['named.mjs', 'found application \\(function\\), version \\(number\\); did you mean named\\.mjs:application\\?'],
    ['nothing.mjs', 'found nothing; it has to end with export default and the application, and need not listen itself'],
    ['app.mjs:hello', 'found default \\(function\\), helo \\(function\\); did you mean helo\\?'],
  ])('an application %s', async (app, hint) => {
    const { exitCode, stderr } = await tsgi(['serve', app], {
      cwd: folder({
        'app.mjs': `${HELLO}export function helo() {}`,
        'named.mjs': 'export const version = 1; export function application() {}',
        // As most applications of Express end: it would serve by itself, and the command would not.
        'nothing.mjs': "import http from 'node:http'; http.createServer().listen(0, '127.0.0.1');",
      }),
    });
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(new RegExp(`^tsgi: [^\\n]*${hint}\\n$`));
  });

  it('a variable that looks like a setting is mentioned, any other is not ours', async () => {
    const env = { TSGI_GRASE: '3', TSGI_POOL: '3', TSGI_RESPONSE_TIMEOUT: '3', TSGI_MY_DATABASE: 'x', TSGI_CONFIG: '' };
    const { exitCode, stderr } = await tsgi(['serve', 'app.mjs', '--print-config'], { cwd: cwd(), env });
    expect([exitCode, stderr]).toEqual([0, 'tsgi: TSGI_GRASE is no setting; did you mean TSGI_GRACE?\n']);
  });

  it('who may have a port below 1024', () => {
    const at = (port: number): string => {
      const error = new TsgiError('cannot listen: permission denied (EACCES)', { code: 'LISTEN_FAILED', side: 'app' });
      return startFailure(error, { scheme: 'http', address: { type: 'tcp', host: '127.0.0.1', port } }).message;
    };
    expect(at(80)).toMatch(/EACCES\); a port below 1024 is for root/);
    expect(at(8080)).not.toContain('1024');
  });

  it('only where something comes near', () => {
    expect(closest('colour', ['grace', 'bind', 'app'])).toBe(undefined);
    expect(closest('x', ['a', 'b'])).toBe(undefined);
    expect(closest('gracee', ['grace', 'trace'])).toBe('grace');
    expect(closest('x'.repeat(100_000), ['grace'])).toBe(undefined);
  });
});

describe('a value that is too large', () => {
  it.each([
    [['--grace', '999999999s'], '--grace: expected at most 35791m, or unlimited, found "999999999s"'],
    [['--max-body', '99999999999g'], '--max-body: expected at most 9007199254740991 bytes, or unlimited'],
    [['--header-count', '99999999999999999'], '--header-count: expected at most 9007199254740991, or unlimited'],
    [['--bind', '127.0.0.1:99999'], '--bind 127.0.0.1:99999: a port is a number from 0 to 65535'],
    [['--bind', '127.0.0.1:100000000'], '--bind 127.0.0.1:100000000: a port is a number from 0 to 65535'],
  ])('is told so: %j', async (flags, line) => {
    const { exitCode, stderr } = await tsgi(['serve', 'app.mjs', ...flags], { cwd: cwd() });
    expect(exitCode).toBe(2);
    expect(stderr).toContain(line);
  });
});

describe('a value that the backend refuses is named as it was given', () => {
  it.each<[string[], Record<string, string>, Record<string, string>, string]>([
    [['--head-size', '0'], {}, {}, '--head-size: '],
    [[], {}, { TSGI_HEAD_SIZE: '0' }, 'TSGI_HEAD_SIZE: '],
    [[], { 'tsgi.config.json': '{"headSize": 0}' }, {}, 'tsgi.config.json: headSize: '],
    [['--trusted-peers', '10/8'], {}, {}, '--trusted-peers: '],
  ])('%j %j %j', async (flags, files, env, source) => {
    const args = ['serve', 'app.mjs', '--bind', '127.0.0.1:0', ...flags];
    const { exitCode, stderr } = await tsgi(args, { cwd: cwd(files), env });
    expect(exitCode).toBe(2);
    expect(stderr.startsWith(`tsgi: ${source}`)).toBe(true);
  });
});

it('node dist/main.js is the command, through a link too', async () => {
  const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
  const linked = join(folder(), 'linked');
  symlinkSync(fileURLToPath(new URL('..', import.meta.url)), linked);
  mkdirSync(join(linked, '..', 'elsewhere'));
  for (const script of [main, `${linked}/dist/main.js`]) {
    const child = spawn(process.execPath, [script, 'serv'], { stdio: ['ignore', 'pipe', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (bytes) => (stderr += String(bytes)));
    expect((await once(child, 'close'))[0]).toBe(2);
    expect(stderr).toContain('unknown command "serv"');
  }
});
