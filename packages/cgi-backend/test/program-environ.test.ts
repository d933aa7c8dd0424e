import { spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { splitBlock, variablesOf } from '../src/program/process-environment.ts';
import { APP, ended, run, variablesFor } from './program.ts';

async function environOf(extra: Record<string, string>): Promise<Record<string, unknown>> {
  const { stdout } = await run('environ', extra);
  return Object.fromEntries(JSON.parse(stdout.slice(stdout.indexOf('\r\n\r\n') + 4)));
}

describe('the environ of a CGI program', () => {
  it('has the traits of a process for one request', async () => {
    expect(await environOf({})).toMatchObject({
      'tsgi.run_once': true,
      'tsgi.multiprocess': true,
      'tsgi.multithread': false,
      'tsgi.concurrent': false,
      'tsgi.url_scheme': 'http',
    });
  });

  it('R42: has what describes the request, and nothing else of the process environment', async () => {
    const request = {
      AUTH_TYPE: 'Basic',
      CONTENT_TYPE: 'a/b',
      CONTEXT_PREFIX: '/x',
      DOCUMENT_ROOT: '/srv',
      HTTPS: 'on',
      HTTP_ACCEPT: '*/*',
      PATH_TRANSLATED: '/srv/x',
      REDIRECT_STATUS: '200',
      REMOTE_ADDR: '192.0.2.1',
      REMOTE_PORT: '1234',
      REMOTE_USER: 'me',
      REQUEST_SCHEME: 'https',
      SCRIPT_FILENAME: '/srv/app',
      SERVER_ADDR: '192.0.2.2',
      SERVER_ADMIN: 'webmaster',
      SERVER_SOFTWARE: 'tests',
      SSL_PROTOCOL: 'TLSv1.3',
      UNIQUE_ID: 'x',
    };
    const environ = await environOf({
      ...request,
      SECRET: 'x',
      LD_LIBRARY_PATH: '/x',
      HOME: '/root',
      HTTP_PROXY: 'http://x',
    });
    expect(environ).toMatchObject({ ...request, 'tsgi.url_scheme': 'https' });
    for (const name of ['SECRET', 'LD_LIBRARY_PATH', 'HOME', 'PATH', 'HTTP_PROXY'])
      expect(environ).not.toHaveProperty(name);
  });

  it('R42: has what the deployer names', async () => {
    expect(await environOf({ DATABASE: 'x', SECRET: 'y', ALSO: 'DATABASE' })).toMatchObject({ DATABASE: 'x' });
    expect(await environOf({ DATABASE: 'x', SECRET: 'y', ALSO: 'DATABASE' })).not.toHaveProperty('SECRET');
  });

  it('R94: keeps every byte', async () => {
    // Node passes an environment on as UTF-8: the bytes go through a shell.
    const script = `PATH_INFO="$(printf '/\\351\\377\\303\\251')"; export PATH_INFO; exec "$0" "$1"`;
    const child = spawn('/bin/sh', ['-c', script, process.execPath, APP], { env: variablesFor('environ') });
    const { stdout } = await ended(child);
    const body = Buffer.from(stdout.slice(stdout.indexOf('\r\n\r\n') + 4), 'latin1').toString();
    expect(Object.fromEntries(JSON.parse(body))).toMatchObject({ PATH_INFO: '/\xe9\xff\xc3\xa9' });
  });

  it('R33: takes a server-side include for HTTP/1.0', async () => {
    expect(await environOf({ SERVER_PROTOCOL: 'INCLUDED' })).toMatchObject({ SERVER_PROTOCOL: 'HTTP/1.0' });
  });
});

describe('a malformed environment is answered with 400', () => {
  it.each([
    ['no method', { REQUEST_METHOD: '' }],
    ['a method that is no token', { REQUEST_METHOD: 'G T' }],
    ['a protocol that is none', { SERVER_PROTOCOL: 'FTP' }],
    ['a CONTENT_LENGTH that is no number', { CONTENT_LENGTH: 'five' }],
    ['a CONTENT_LENGTH of -1', { CONTENT_LENGTH: '-1' }],
    ['a CONTENT_LENGTH of +1', { CONTENT_LENGTH: '+1' }],
  ])('%s', async (_, extra) => {
    const { stdout, stderr, code } = await run('hello', extra);
    expect(stdout).toMatch(/^Status: 400 Bad Request\r\n[^]*\r\n\r\n400 Bad Request\n$/);
    expect(stderr).toMatch(/^cgi: request refused: R\d+: .+\n$/);
    expect(code).toBe(0);
  });

  it('as is a program that nobody runs as one', async () => {
    const child = spawn(process.execPath, [APP], { env: { PATH: process.env.PATH ?? '' } });
    expect(await ended(child)).toMatchObject({ stdout: expect.stringMatching(/^Status: 400 /), code: 0 });
  });
});

describe('where there is no /proc', () => {
  it('the environment is the UTF-8 of process.env', () => {
    expect(variablesOf({ A: '1', B: 'caf\u00e9', C: undefined })).toEqual(['A', '1', 'B', 'caf\xc3\xa9', 'C', '']);
  });

  it('R94: PATH_INFO is made again of REQUEST_URI when bytes of it were lost', () => {
    const environment = { REQUEST_URI: '/app/%E9?q', SCRIPT_NAME: '/app', PATH_INFO: '/\ufffd' };
    expect(variablesOf(environment)).toContain('/\xe9');
    expect(variablesOf({ ...environment, SCRIPT_NAME: '/other' })).toContain('/\xef\xbf\xbd');
  });

  it('a block of variables is split at the first equals sign of each', () => {
    expect(splitBlock('A=1\0B==2=\0broken\0=x\0C=\0')).toEqual(['A', '1', 'B', '=2=', 'C', '']);
  });
});
