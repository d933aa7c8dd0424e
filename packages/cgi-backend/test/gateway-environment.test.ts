import { delimiter } from 'node:path';
import { callApp, type TestRequest } from '@tsgi/core/testing';
import { describe, expect, it } from 'vitest';
import { gateway, type GatewayOptions } from '../src/index.ts';

const folder: string = new URL('fixtures/cgi-bin', import.meta.url).pathname;
const program = `${folder}/test.cgi`;

/** What a program says of itself: its variables, folder, arguments and body. */
async function told(request: TestRequest, options: GatewayOptions = { program }): Promise<Record<string, string>> {
  const { status, body } = await callApp(gateway(options), request);
  expect(status).toBe('200 OK');
  const text = Buffer.from(body).toString('latin1');
  const [lines = '', input = ''] = text.split('\nbody=');
  const variables = lines.split('\n').map((line) => line.split(/=(.*)/s));
  return { ...Object.fromEntries(variables), body: input };
}

const mounted = { SCRIPT_NAME: '/test.cgi', PATH_INFO: '' };

describe('what a CGI program is told (Go, host_test.go)', () => {
  it('TestCGIBasicGet', async () => {
    const environ = { ...mounted, REMOTE_ADDR: '1.2.3.4', REMOTE_PORT: '1234', HTTP_HOST: 'example.com' };
    expect(await told({ target: '/test.cgi?foo=bar&a=b', environ })).toMatchObject({
      GATEWAY_INTERFACE: 'CGI/1.1',
      HTTP_HOST: 'example.com',
      PATH_INFO: '',
      QUERY_STRING: 'foo=bar&a=b',
      REMOTE_ADDR: '1.2.3.4',
      REMOTE_PORT: '1234',
      REQUEST_METHOD: 'GET',
      REQUEST_URI: '/test.cgi?foo=bar&a=b',
      SCRIPT_FILENAME: program,
      SCRIPT_NAME: '/test.cgi',
      SERVER_NAME: '127.0.0.1',
      SERVER_PORT: '80',
      SERVER_PROTOCOL: 'HTTP/1.1',
      SERVER_SOFTWARE: 'tsgi-testing',
      REDIRECT_STATUS: '200',
      cwd: folder,
      arguments: '',
      body: '',
    });
  });

  it('TestCGIEnvIPv6', async () => {
    expect(await told({ environ: { REMOTE_ADDR: '2000::3000' } })).toMatchObject({ REMOTE_ADDR: '2000::3000' });
  });

  it('TestPathInfo, TestPathInfoNoRoot', async () => {
    const environ = { SCRIPT_NAME: '/test.cgi', PATH_INFO: '/extrapath' };
    expect(await told({ target: '/test.cgi/extrapath?a=b', environ })).toMatchObject({
      PATH_INFO: '/extrapath',
      QUERY_STRING: 'a=b',
      SCRIPT_NAME: '/test.cgi',
    });
    expect(await told({ target: '/bar?a=b' })).toMatchObject({ PATH_INFO: '/bar', SCRIPT_NAME: '' });
  });

  it('TestDropProxyHeader, and what else a client could forge', async () => {
    const environ = {
      HTTP_X_FOO: 'a',
      HTTP_PROXY: 'http://evil/',
      LD_PRELOAD: '/tmp/evil.so',
      PHP_VALUE: 'auto_prepend_file=php://input',
      'HTTP_X;Y': 'x',
      'my.extension': 'x',
    };
    const variables = await told({ environ });
    expect(variables).toMatchObject({ HTTP_X_FOO: 'a' });
    for (const name of ['HTTP_PROXY', 'LD_PRELOAD', 'PHP_VALUE', 'HTTP_X;Y', 'my.extension']) {
      expect(variables).not.toHaveProperty([name]);
    }
  });

  it('TestCGIBasicPost', async () => {
    const headers: [string, string][] = [['Content-Type', 'application/x-www-form-urlencoded']];
    expect(await told({ method: 'POST', headers, body: 'postfoo=postbar' })).toMatchObject({
      REQUEST_METHOD: 'POST',
      CONTENT_LENGTH: '15',
      CONTENT_TYPE: 'application/x-www-form-urlencoded',
      body: 'postfoo=postbar',
    });
  });

  it('TestCGIPostChunked: a body of unknown length gets one, where Go refuses it', async () => {
    const environ = { CONTENT_LENGTH: undefined };
    expect(await told({ method: 'POST', body: 'postfoo=postbar', environ })).toMatchObject({
      CONTENT_LENGTH: '15',
      body: 'postfoo=postbar',
    });
  });

  it('TestEnvOverride: what the deployer names or sets', async () => {
    process.env.TSGI_INHERITED = 'yes';
    process.env.TSGI_SECRET = 'yes';
    const variables = await told({}, { program, env: ['TSGI_INHERITED', 'MADE_UP=a=b', 'TSGI_UNSET'] });
    delete process.env.TSGI_INHERITED;
    delete process.env.TSGI_SECRET;
    expect(variables).toMatchObject({ TSGI_INHERITED: 'yes', MADE_UP: 'a=b' });
    expect(variables).not.toHaveProperty('TSGI_SECRET');
    expect(variables).not.toHaveProperty('TSGI_UNSET');
    expect(variables).not.toHaveProperty('HOME');
    expect(variables.PATH?.split(delimiter)).toEqual(process.env.PATH?.split(delimiter));
  });
});

describe('the environment of a CGI program', () => {
  it('RFC 3875 4.1.18: has Authorization only where it is asked for', async () => {
    const environ = { HTTP_AUTHORIZATION: 'Basic eDp5', HTTP_PROXY_AUTHORIZATION: 'Basic eDp5' };
    expect(await told({ environ })).not.toHaveProperty('HTTP_AUTHORIZATION');
    const trusted = await told({ environ }, { program, authorization: true });
    expect(trusted).toMatchObject({ HTTP_AUTHORIZATION: 'Basic eDp5' });
  });

  it('says HTTPS=on behind TLS', async () => {
    expect(await told({ environ: { 'tsgi.url_scheme': 'https' } })).toMatchObject({ HTTPS: 'on' });
    expect(await told({})).not.toHaveProperty('HTTPS');
  });

  it('R23, R94: keeps every byte, and adds nothing to do so', async () => {
    const bytes = Array.from({ length: 255 }, (_, index) => String.fromCharCode(index + 1)).join('');
    const HTTP_X = bytes.replace('\n', '');
    const environ = {
      HTTP_X,
      HTTP_PLAIN: 'caf\xc3\xa9',
      HTTP_END: '\xff\n',
      PATH_INFO: '/\xe9',
      HTTP_PERCENT: '100%b\\c',
    };
    const { status, body } = await callApp(gateway({ program: `${folder}/folder/inner.cgi` }), { environ });
    expect(status).toBe('200 OK');
    const text = Buffer.from(body).toString('latin1');
    expect(text).toContain(`HTTP_X=${HTTP_X}\n`);
    expect(text).toContain('HTTP_END=\xff\n\n');
    expect(await told({ environ })).toMatchObject({
      HTTP_PLAIN: 'caf\xc3\xa9',
      PATH_INFO: '/\xe9',
      HTTP_PERCENT: '100%b\\c',
    });
    const namesWith = async (value: string): Promise<string[]> =>
      Object.keys(await told({ target: '/?initial', environ: { HTTP_X: value } })).toSorted();
    expect(await namesWith('\xff')).toEqual(await namesWith('x'));
  });

  it('never becomes commands', async () => {
    const value = `\xff$(touch /tmp/never)\`id\`'";&|\\0101`;
    expect(await told({ environ: { HTTP_X: value } })).toMatchObject({ HTTP_X: value });
  });

  it('CVE-2012-1823: a query is no argument, what the deployer gives is', async () => {
    expect(await told({ target: '/?-s+-d' }, { program, args: ['one', 'two words'] })).toMatchObject({
      arguments: 'one two words',
    });
  });

  it('is refused when it is more than the system takes, or holds a NUL', async () => {
    const answer = async (environ: Record<string, string>): Promise<string> =>
      (await callApp(gateway({ program }), { environ })).status;
    expect(await answer({ HTTP_X: 'x'.repeat(131_100) })).toBe('431 Request Header Fields Too Large');
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`HTTP_X${index}`, 'x'.repeat(100_000)]));
    expect(await answer(many)).toBe('431 Request Header Fields Too Large');
    expect(await answer({ PATH_INFO: '/a\0b' })).toBe('400 Bad Request');
  });
});
