import { describe, expect, it } from 'vitest';
import { declaredLength, environFromVariables } from '../src/cgi.ts';
import { environ, traits } from './sent-variables.ts';

function refusal(rule: string, code: string): unknown {
  return expect.objectContaining({ rule, code, side: 'peer', statusHint: 400 });
}

describe('the environ of a request that came as variables', () => {
  it('R21: has every required key, though the front end left all out that it could', () => {
    expect(environFromVariables(['REQUEST_METHOD', 'GET'], traits)).toMatchObject({
      REQUEST_METHOD: 'GET',
      SCRIPT_NAME: '',
      PATH_INFO: '/',
      QUERY_STRING: '',
      REQUEST_URI: '/',
      SERVER_NAME: 'localhost',
      SERVER_PORT: '80',
      SERVER_PROTOCOL: 'HTTP/1.0',
      SERVER_SOFTWARE: 'test/1.0',
      GATEWAY_INTERFACE: 'CGI/1.1',
      'tsgi.url_scheme': 'http',
      'tsgi.run_once': true,
    });
  });

  it('R22: a name with a dot never becomes a key', () => {
    const found = environ({ 'tsgi.input': 'x', 'tsgi.signal': 'x', 'a.b': 'x', 'HTTP_X.Y': 'x', '.': 'x', '': 'x' });
    expect(typeof found['tsgi.input']).toBe('object');
    expect(found['tsgi.signal']).toBeInstanceOf(AbortSignal);
    for (const name of ['a.b', 'HTTP_X.Y', '.', '']) expect(name in found).toBe(false);
  });

  it('R20: any other name is a key', () => {
    const names = [
      '__proto__',
      'constructor',
      'toString',
      'DOCUMENT_ROOT',
      'lower',
      'X-Y',
      'REDIRECT_STATUS',
      'SSL_CLIENT_S_DN',
      '\xe9',
    ];
    const found = environ(names.flatMap((name) => [name, `value of ${name}`]));
    for (const name of names) expect(Object.getOwnPropertyDescriptor(found, name)?.value).toBe(`value of ${name}`);
  });

  it('R23: values are byte strings as they came', () => {
    expect(environ({ PATH_INFO: '/\x00\xff', HTTP_X: '\xc3\xa9' })).toMatchObject({
      PATH_INFO: '/\x00\xff',
      HTTP_X: '\xc3\xa9',
    });
  });

  it('R23: a header that no client could have sent is refused', () => {
    for (const name of ['HTTP_X', 'HTTP_HOST', 'HTTP_COOKIE', 'CONTENT_TYPE']) {
      for (const value of ['a\r\nX-B: c', 'a\nb', 'a\rb', 'a\0b']) {
        expect(() => environ({ [name]: value })).toThrow(refusal('R23', 'BAD_VARIABLE'));
      }
    }
  });

  it('R24: HTTP_CONTENT_TYPE and HTTP_CONTENT_LENGTH, which some front ends send besides, are dropped', () => {
    const found = environ({
      CONTENT_TYPE: 'a/b',
      CONTENT_LENGTH: '3',
      HTTP_CONTENT_TYPE: 'c/d',
      HTTP_CONTENT_LENGTH: '9',
    });
    expect(found).toMatchObject({ CONTENT_TYPE: 'a/b', CONTENT_LENGTH: '3' });
    expect('HTTP_CONTENT_TYPE' in found || 'HTTP_CONTENT_LENGTH' in found).toBe(false);
    expect('CONTENT_LENGTH' in environ({ HTTP_CONTENT_LENGTH: '9' })).toBe(false);
  });

  it('R25: the method is a token, case kept', () => {
    for (const method of ['GET', 'M-SEARCH', 'get', 'PROPFIND', '-BLARGH', "!#$%&'*+.^_`|~1"]) {
      expect(environ({ REQUEST_METHOD: method }).REQUEST_METHOD).toBe(method);
    }
    for (const method of ['', 'GE T', 'GET ', 'GET\n', '\xe9', 'G/T', 'G:T']) {
      expect(() => environ({ REQUEST_METHOD: method })).toThrow(refusal('R25', 'BAD_METHOD'));
    }
    expect(() => environFromVariables([], traits)).toThrow(refusal('R25', 'BAD_METHOD'));
  });

  it('R31: CONTENT_LENGTH is digits, or empty for none', () => {
    for (const [value, length] of [
      ['0', 0],
      ['12', 12],
      ['007', 7],
    ] as const) {
      const found = environ({ CONTENT_LENGTH: value });
      expect([found.CONTENT_LENGTH, declaredLength(found)]).toEqual([value, length]);
    }
    const none = environ({ CONTENT_LENGTH: '' });
    expect('CONTENT_LENGTH' in none).toBe(false);
    expect(declaredLength(none)).toBeUndefined();
    for (const value of [
      '-1',
      '-0',
      '+1',
      '0_1',
      '5, 5',
      'x',
      ' 1',
      '1.0',
      '1e3',
      '9007199254740992',
      '99999999999999999999',
    ]) {
      expect(() => environ({ CONTENT_LENGTH: value })).toThrow(refusal('R31', 'BAD_CONTENT_LENGTH'));
    }
  });

  it('R31: -1 is an unknown length where the wire says so (FastCGI)', () => {
    expect(declaredLength(environ({ CONTENT_LENGTH: '-1' }, { minusOneIsUnknown: true }))).toBeUndefined();
    for (const value of ['-2', '-01', '--1']) {
      expect(() => environ({ CONTENT_LENGTH: value }, { minusOneIsUnknown: true })).toThrow(
        refusal('R31', 'BAD_CONTENT_LENGTH'),
      );
    }
  });

  it('R33: SERVER_PROTOCOL is HTTP/d.d or HTTP/d; INCLUDED, and none, are 1.0', () => {
    for (const protocol of ['HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/2', 'HTTP/3']) {
      expect(environ({ SERVER_PROTOCOL: protocol }).SERVER_PROTOCOL).toBe(protocol);
    }
    for (const protocol of ['INCLUDED', ''])
      expect(environ({ SERVER_PROTOCOL: protocol }).SERVER_PROTOCOL).toBe('HTTP/1.0');
    for (const protocol of ['HTTP/x', 'HTTP/11', 'HTTP/1.', 'http/1.1', 'SPDY/3', 'HTTP/1.1\n', 'HTTP']) {
      expect(() => environ({ SERVER_PROTOCOL: protocol })).toThrow(refusal('R33', 'BAD_PROTOCOL'));
    }
  });

  it('R34: what is empty is absent, but for what must be there and for headers', () => {
    const found = environ({
      REMOTE_USER: '',
      AUTH_TYPE: '',
      REMOTE_ADDR: '',
      CONTENT_TYPE: '',
      HTTP_X: '',
      HTTP_HOST: '',
      QUERY_STRING: '',
    });
    for (const name of ['REMOTE_USER', 'AUTH_TYPE', 'REMOTE_ADDR', 'CONTENT_TYPE']) expect(name in found).toBe(false);
    expect(found).toMatchObject({ HTTP_X: '', HTTP_HOST: '', QUERY_STRING: '' });
  });

  it('R36: HTTP_PROXY is dropped (httpoxy)', () => {
    expect('HTTP_PROXY' in environ({ HTTP_PROXY: 'http://evil/' })).toBe(false);
  });

  it('R37: headers that were sent apart (nginx before 1.23, HAProxy, h2o) are joined', () => {
    expect(environ(['HTTP_X', '1', 'HTTP_COOKIE', 'a=1', 'HTTP_X', '2', 'HTTP_COOKIE', 'b=2'])).toMatchObject({
      HTTP_X: '1, 2',
      HTTP_COOKIE: 'a=1; b=2',
    });
  });

  it('R37: CONTENT_LENGTH, CONTENT_TYPE and HTTP_HOST must not repeat with another value', () => {
    for (const name of ['CONTENT_LENGTH', 'CONTENT_TYPE', 'HTTP_HOST']) {
      for (const values of [
        ['1', '2'],
        ['1', '01'],
        ['1', '1', '2'],
      ]) {
        expect(() => environ(values.flatMap((value) => [name, value]))).toThrow(refusal('R37', 'REPEATED_VARIABLE'));
      }
    }
    expect(() => environ(['HTTP_HOST', '', 'HTTP_HOST', 'a'])).toThrow(refusal('R37', 'REPEATED_VARIABLE'));
  });

  it('R37: equal ones are one: nginx sends twice what its configuration includes twice', () => {
    for (const name of ['CONTENT_LENGTH', 'CONTENT_TYPE', 'HTTP_HOST']) {
      expect(environ([name, '1', name, '1', name, '1'])[name]).toBe('1');
    }
    const without = environ(['CONTENT_LENGTH', '', 'CONTENT_TYPE', '', 'CONTENT_LENGTH', '', 'CONTENT_TYPE', '']);
    expect('CONTENT_LENGTH' in without || 'CONTENT_TYPE' in without).toBe(false);
  });

  it('R37: of anything else that repeats the last one is meant, as nginx sends what is configured again', () => {
    const found = environ(['SCRIPT_NAME', '/a', 'SCRIPT_NAME', '/b', 'REMOTE_USER', 'x', 'REMOTE_USER', '']);
    expect(found.SCRIPT_NAME).toBe('/b');
    expect('REMOTE_USER' in found).toBe(false);
  });

  it('R38: hop-by-hop headers are dropped, Transfer-Encoding among them', () => {
    const names =
      'CONNECTION KEEP_ALIVE PROXY_AUTHENTICATE PROXY_AUTHORIZATION PROXY_CONNECTION TE TRAILERS TRANSFER_ENCODING UPGRADE';
    const found = environ(names.split(' ').flatMap((name) => [`HTTP_${name}`, 'x']));
    for (const name of names.split(' ')) expect(`HTTP_${name}` in found).toBe(false);
  });

  it('R39: HTTPS is on, 1 or yes, in whatever case', () => {
    for (const value of ['on', 'ON', 'On', '1', 'yes', 'YES'])
      expect(environ({ HTTPS: value })['tsgi.url_scheme']).toBe('https');
    for (const value of ['off', '0', 'no', '', 'foo', 'onn'])
      expect(environ({ HTTPS: value })['tsgi.url_scheme']).toBe('http');
    expect(environ()['tsgi.url_scheme']).toBe('http');
  });

  it('R20: one request’s variables never show in another’s (CVE-2011-2766)', () => {
    environ({ HTTP_X_SECRET: 'x', REMOTE_USER: 'root' });
    const next = environ();
    expect('HTTP_X_SECRET' in next || 'REMOTE_USER' in next).toBe(false);
  });

  it('a list that ends within a pair has lost its last name', () => {
    expect('LAST' in environ(['A', '1', 'LAST'])).toBe(false);
  });
});
