import { describe, expect, it } from 'vitest';
import { environ } from './sent-variables.ts';

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
