import { describe, expect, it } from 'vitest';
import { declaredLength, environFromVariables, type VariablesOptions } from '../src/cgi.ts';
import { createErrorStream, type ServerTraits } from '../src/gateway.ts';
import type { Environ } from '../src/index.ts';

const traits: ServerTraits = {
  multithread: false,
  multiprocess: true,
  runOnce: true,
  concurrent: false,
  serverSoftware: 'test/1.0',
  errors: createErrorStream(() => {}),
};

type Variables = Record<string, string> | string[];

function listed(variables: Variables): string[] {
  return Array.isArray(variables) ? variables : Object.entries(variables).flat();
}

/** What every front end sends, before what is given. */
function environ(variables: Variables = {}, options: VariablesOptions = {}, scriptName?: string): Environ {
  const always = ['REQUEST_METHOD', 'GET', 'SERVER_PROTOCOL', 'HTTP/1.1'];
  return environFromVariables(
    [...always, ...listed(variables)],
    scriptName === undefined ? traits : { ...traits, scriptName },
    options,
  );
}

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

  it('R37: CONTENT_LENGTH, CONTENT_TYPE and HTTP_HOST must not repeat', () => {
    for (const name of ['CONTENT_LENGTH', 'CONTENT_TYPE', 'HTTP_HOST']) {
      for (const second of ['1', '2']) {
        expect(() => environ([name, '1', name, second])).toThrow(refusal('R37', 'REPEATED_VARIABLE'));
      }
    }
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

describe('SERVER_NAME and SERVER_PORT', () => {
  const table: [sent: Record<string, string>, name: string, port: string][] = [
    [{ SERVER_NAME: 'example.com', SERVER_PORT: '8080' }, 'example.com', '8080'],
    [{ SERVER_NAME: 'example.com' }, 'example.com', '80'],
    [{ SERVER_NAME: 'example.com', HTTPS: 'on' }, 'example.com', '443'],
    [{ SERVER_NAME: 'example.com:8080' }, 'example.com', '8080'],
    [{ SERVER_NAME: 'example.com:8080', SERVER_PORT: '81' }, 'example.com', '81'],
    // nginx: server_name _ and a listening UNIX socket.
    [{ SERVER_NAME: '_', SERVER_PORT: '' }, '_', '80'],
    [{ SERVER_NAME: '', SERVER_PORT: '', HTTP_HOST: 'h:81' }, 'h', '81'],
    [{ HTTP_HOST: 'h' }, 'h', '80'],
    [{ HTTP_HOST: '[::1]:81' }, '[::1]', '81'],
    [{ HTTP_HOST: '' }, 'localhost', '80'],
    [{ HTTP_HOST: 'not a host' }, 'localhost', '80'],
    [{ HTTP_HOST: 'a/b' }, 'localhost', '80'],
    [{ SERVER_NAME: '::1', SERVER_PORT: '80' }, '[::1]', '80'],
    [{ SERVER_NAME: '[::1]', SERVER_PORT: '80' }, '[::1]', '80'],
    [{ SERVER_NAME: '2000::3000' }, '[2000::3000]', '80'],
    [{ SERVER_NAME: 'h', SERVER_PORT: 'unix:/run/x' }, 'h', '80'],
    [{ SERVER_NAME: 'h', SERVER_PORT: '', HTTP_HOST: 'x:99', HTTPS: 'on' }, 'h', '99'],
  ];
  for (const [sent, name, port] of table) {
    it(`R32: ${JSON.stringify(sent)}`, () => {
      expect(environ(sent)).toMatchObject({ SERVER_NAME: name, SERVER_PORT: port });
    });
  }
});

describe('paths as front ends send them', () => {
  const table: [server: string, sent: Record<string, string>, expected: Record<string, string>, mount?: string][] = [
    [
      'nginx, its fastcgi_params: SCRIPT_NAME is the whole decoded path',
      {
        SCRIPT_NAME: '/plain/a b/c',
        REQUEST_URI: '/plain/a%20b%2Fc?q',
        DOCUMENT_URI: '/plain/a b/c',
        QUERY_STRING: 'q',
      },
      { SCRIPT_NAME: '/plain/a b/c', PATH_INFO: '', QUERY_STRING: 'q', REQUEST_URI: '/plain/a%20b%2Fc?q' },
    ],
    [
      'nginx, split anew at the root',
      { SCRIPT_NAME: '/plain/a b/c', REQUEST_URI: '/plain/a%20b%2Fc?q', QUERY_STRING: 'q' },
      { SCRIPT_NAME: '', PATH_INFO: '/plain/a b/c', QUERY_STRING: 'q' },
      '',
    ],
    [
      'nginx, split anew at a mount: repeated slashes come back',
      { SCRIPT_NAME: '/app/a/b', REQUEST_URI: '/app/a//b', QUERY_STRING: '' },
      { SCRIPT_NAME: '/app', PATH_INFO: '/a//b' },
      '/app',
    ],
    [
      'nginx, its scgi_params: neither SCRIPT_NAME nor PATH_INFO',
      { REQUEST_URI: '/a%20b?c=d', DOCUMENT_URI: '/a b', QUERY_STRING: 'c=d' },
      { SCRIPT_NAME: '', PATH_INFO: '/a b', QUERY_STRING: 'c=d' },
    ],
    [
      'nginx, a query that was rewritten away',
      { REQUEST_URI: '/a?secret', QUERY_STRING: '', SCRIPT_NAME: '/b' },
      { QUERY_STRING: '', SCRIPT_NAME: '/b', REQUEST_URI: '/a?secret' },
    ],
    [
      'nginx, fastcgi_split_path_info',
      { SCRIPT_NAME: '/index.php', PATH_INFO: '/p1/p2', REQUEST_URI: '/index.php/p1/p2' },
      { SCRIPT_NAME: '/index.php', PATH_INFO: '/p1/p2' },
    ],
    [
      'lighttpd, a handler at the root',
      { SCRIPT_NAME: '/', PATH_INFO: '', REQUEST_URI: '/' },
      { SCRIPT_NAME: '', PATH_INFO: '/' },
    ],
    [
      'lighttpd, a handler at a folder',
      { SCRIPT_NAME: '/app/', PATH_INFO: 'x', REQUEST_URI: '/app/x' },
      { SCRIPT_NAME: '/app', PATH_INFO: '/x' },
    ],
    [
      'Apache, ScriptAlias',
      {
        SCRIPT_NAME: '/cgi-bin/app',
        PATH_INFO: '/a b',
        REQUEST_URI: '/cgi-bin/app/a%20b?x',
        QUERY_STRING: 'x',
        PATH_TRANSLATED: '/srv/a b',
      },
      { SCRIPT_NAME: '/cgi-bin/app', PATH_INFO: '/a b', QUERY_STRING: 'x', PATH_TRANSLATED: '/srv/a b' },
    ],
    [
      'Apache, the bare script',
      { SCRIPT_NAME: '/cgi-bin/app', REQUEST_URI: '/cgi-bin/app' },
      { SCRIPT_NAME: '/cgi-bin/app', PATH_INFO: '' },
    ],
    [
      'Apache, OPTIONS *',
      { REQUEST_METHOD: 'OPTIONS', REQUEST_URI: '*' },
      { SCRIPT_NAME: '', PATH_INFO: '*', REQUEST_URI: '*' },
    ],
    [
      'mod_proxy_fcgi, no PATH_INFO',
      { SCRIPT_NAME: '/app.js/x', SCRIPT_FILENAME: 'proxy:fcgi://127.0.0.1:9000/app.js/x', REQUEST_URI: '/app.js/x' },
      { SCRIPT_NAME: '/app.js/x', PATH_INFO: '' },
    ],
    [
      'HAProxy',
      { SCRIPT_NAME: '/app', PATH_INFO: '/x', REQUEST_URI: '/app/x' },
      { SCRIPT_NAME: '/app', PATH_INFO: '/x' },
    ],
    [
      'h2o, mapped by path',
      { SCRIPT_NAME: '', PATH_INFO: '/x y', REQUEST_URI: '/x%20y' },
      { SCRIPT_NAME: '', PATH_INFO: '/x y' },
    ],
    [
      'Caddy',
      { SCRIPT_NAME: '/index.php', PATH_INFO: '', REQUEST_URI: '/?a' },
      { SCRIPT_NAME: '/index.php', PATH_INFO: '', QUERY_STRING: 'a' },
    ],
    [
      'Go, PathInfoDirRoot',
      { SCRIPT_NAME: '/myscript/', PATH_INFO: 'bar', REQUEST_URI: '/myscript/bar?a=b' },
      { SCRIPT_NAME: '/myscript', PATH_INFO: '/bar' },
    ],
    [
      'Go, PathInfoNoRoot',
      { SCRIPT_NAME: '/', PATH_INFO: '/bar', REQUEST_URI: '/bar?a=b' },
      { SCRIPT_NAME: '', PATH_INFO: '/bar', QUERY_STRING: 'a=b' },
    ],
    [
      'an absolute form',
      { REQUEST_URI: 'http://h:80/a%20b?c' },
      { SCRIPT_NAME: '', PATH_INFO: '/a b', QUERY_STRING: 'c', REQUEST_URI: 'http://h:80/a%20b?c' },
    ],
    ['an absolute form without a path', { REQUEST_URI: 'http://h?c' }, { PATH_INFO: '/', QUERY_STRING: 'c' }],
    ['CONNECT', { REQUEST_METHOD: 'CONNECT', REQUEST_URI: 'h:443' }, { SCRIPT_NAME: '', PATH_INFO: 'h:443' }],
    ['nothing at all', {}, { SCRIPT_NAME: '', PATH_INFO: '/', REQUEST_URI: '/' }],
    [
      'a PATH_INFO alone, without its slash',
      { PATH_INFO: 'a' },
      { SCRIPT_NAME: '', PATH_INFO: '/a', REQUEST_URI: '/a' },
    ],
    [
      'a SCRIPT_NAME without its slash',
      { SCRIPT_NAME: 'app', PATH_INFO: '/a' },
      { SCRIPT_NAME: '/app', PATH_INFO: '/a' },
    ],
    [
      'no REQUEST_URI: it is made of what was decoded (RFC 3875)',
      { SCRIPT_NAME: '/dir/script name', PATH_INFO: '/p%1/\xc3\xa9?#', QUERY_STRING: 'a=1&b=2' },
      { REQUEST_URI: '/dir/script%20name/p%251/%C3%A9%3F%23?a=1&b=2' },
    ],
    [
      'no REQUEST_URI, a mount: SCRIPT_NAME and PATH_INFO are split anew',
      { SCRIPT_NAME: '/app/x', PATH_INFO: '/y' },
      { SCRIPT_NAME: '/app', PATH_INFO: '/x/y', REQUEST_URI: '/app/x/y' },
      '/app',
    ],
    ['a mount that is another', { REQUEST_URI: '/other/x' }, { SCRIPT_NAME: '', PATH_INFO: '/other/x' }, '/app'],
    [
      'a mount without the rest',
      { REQUEST_URI: '/app?x' },
      { SCRIPT_NAME: '/app', PATH_INFO: '', QUERY_STRING: 'x' },
      '/app/',
    ],
    ['a variable whose value is a name', { REQUEST_URI: '/a?b', HTTP_X: 'QUERY_STRING' }, { QUERY_STRING: 'b' }],
  ];
  for (const [server, sent, expected, mount] of table) {
    it(`R26 to R30: ${server}`, () => {
      const found = environ(sent, {}, mount);
      expect(found).toMatchObject(expected);
      expect(found.SCRIPT_NAME).not.toMatch(/\/$/);
      expect(found.SCRIPT_NAME + found.PATH_INFO).not.toBe('');
    });
  }
});

describe('Go’s net/http/cgi child tests', () => {
  it('TestRequest', () => {
    const found = environ({
      HTTP_HOST: 'example.com',
      HTTP_REFERER: 'elsewhere',
      HTTP_USER_AGENT: 'goclient',
      HTTP_FOO_BAR: 'baz',
      REQUEST_URI: '/path?a=b',
      CONTENT_LENGTH: '123',
      CONTENT_TYPE: 'text/xml',
      REMOTE_ADDR: '5.6.7.8',
      REMOTE_PORT: '54321',
    });
    expect(found).toMatchObject({
      REQUEST_METHOD: 'GET',
      HTTP_REFERER: 'elsewhere',
      HTTP_USER_AGENT: 'goclient',
      HTTP_FOO_BAR: 'baz',
      CONTENT_TYPE: 'text/xml',
      PATH_INFO: '/path',
      QUERY_STRING: 'a=b',
      REMOTE_ADDR: '5.6.7.8',
      REMOTE_PORT: '54321',
      SERVER_NAME: 'example.com',
      'tsgi.url_scheme': 'http',
    });
    expect(declaredLength(found)).toBe(123);
  });

  it('TestRequestWithTLS', () => {
    expect(environ({ HTTP_HOST: 'example.com', REQUEST_URI: '/path?a=b', HTTPS: '1' })).toMatchObject({
      'tsgi.url_scheme': 'https',
      SERVER_PORT: '443',
    });
  });

  it('TestRequestWithoutHost', () => {
    expect(environ({ HTTP_HOST: '', REQUEST_URI: '/path?a=b', CONTENT_LENGTH: '123' })).toMatchObject({
      PATH_INFO: '/path',
      SERVER_NAME: 'localhost',
    });
  });

  it('TestRequestWithoutRequestURI', () => {
    const sent = {
      HTTP_HOST: 'example.com',
      SCRIPT_NAME: '/dir/scriptname',
      PATH_INFO: '/p1/p2',
      QUERY_STRING: 'a=1&b=2',
    };
    expect(environ(sent).REQUEST_URI).toBe('/dir/scriptname/p1/p2?a=1&b=2');
  });

  it('TestRequestWithoutRemotePort', () => {
    const found = environ({ REQUEST_URI: '/path?a=b', REMOTE_ADDR: '5.6.7.8' });
    expect(found.REMOTE_ADDR).toBe('5.6.7.8');
    expect('REMOTE_PORT' in found).toBe(false);
  });

  it('TestIncludedServerProtocol', () => {
    expect(environ({ SERVER_PROTOCOL: 'INCLUDED' }).SERVER_PROTOCOL).toBe('HTTP/1.0');
  });
});
