// Every way from a web server to an application: the recipe that the tests start, or why there is none. One source for the tests and for
// docs/deploy/front-ends.md, which scripts/generate-front-ends.mjs writes.

/** @typedef {'nginx' | 'apache' | 'lighttpd' | 'haproxy' | 'caddy' | 'h2o'} Server */

/** @type {Record<Server, { name: string, version: string }>} */
export const servers = {
  nginx: { name: 'nginx', version: '1.22.1' },
  apache: { name: 'Apache httpd', version: '2.4.71' },
  lighttpd: { name: 'lighttpd', version: '1.4.69' },
  haproxy: { name: 'HAProxy', version: '2.6.12' },
  caddy: { name: 'Caddy', version: '2.6.2' },
  h2o: { name: 'h2o', version: '2.2.5' },
};

/** The ways, in the order of the page. @type {Record<string, string>} */
export const ways = {
  http: 'HTTP over TCP',
  'http-unix': 'HTTP over a UNIX socket',
  'fastcgi-tcp': 'FastCGI over TCP, a connection each',
  'fastcgi-tcp-kept': 'FastCGI over TCP, kept',
  'fastcgi-unix': 'FastCGI over a UNIX socket, a connection each',
  'fastcgi-unix-kept': 'FastCGI over a UNIX socket, kept',
  'fastcgi-multiplexed': 'FastCGI, several requests on one connection',
  'scgi-tcp': 'SCGI over TCP',
  'scgi-unix': 'SCGI over a UNIX socket',
  cgi: 'CGI',
  'cgi-prefork': 'CGI, mod_cgi with mpm_prefork',
  spawned: 'FastCGI, started with its socket on descriptor 0',
  'shared-cgi': 'CGI by `.htaccess` (`tsgi init --shared-hosting`)',
  'shared-resident': 'the same with `--resident`',
  'shared-fcgid': 'mod_fcgid by `.htaccess`',
  authorizer: 'another application decides who may',
};

const ALONE = 'one request at a time on a connection';
const NEVER_KEPT = 'it never keeps a FastCGI connection';
const OF_APACHE = 'it is Apache’s';
const NO_HTACCESS = 'it reads no `.htaccess`';
const NO_PROGRAMS = 'it starts no programs';
const NO_SCGI = 'it does not speak SCGI';

/** For each way a recipe, `true`, or why there is none. @type {Record<Server, Record<keyof typeof ways, true | string>>} */
export const cells = {
  nginx: {
    http: true,
    'http-unix': true,
    'fastcgi-tcp': true,
    'fastcgi-tcp-kept': true,
    'fastcgi-unix': true,
    'fastcgi-unix-kept': true,
    'fastcgi-multiplexed': ALONE,
    'scgi-tcp': true,
    'scgi-unix': true,
    cgi: NO_PROGRAMS,
    'cgi-prefork': OF_APACHE,
    spawned: true,
    'shared-cgi': NO_HTACCESS,
    'shared-resident': NO_HTACCESS,
    'shared-fcgid': NO_HTACCESS,
    authorizer: true,
  },
  apache: {
    http: true,
    'http-unix': true,
    'fastcgi-tcp': true,
    'fastcgi-tcp-kept': true,
    'fastcgi-unix': true,
    'fastcgi-unix-kept': true,
    'fastcgi-multiplexed': ALONE,
    'scgi-tcp': true,
    'scgi-unix': true,
    cgi: true,
    'cgi-prefork': true,
    spawned: true,
    'shared-cgi': true,
    'shared-resident': true,
    'shared-fcgid': true,
    authorizer: true,
  },
  lighttpd: {
    http: true,
    'http-unix': true,
    'fastcgi-tcp': true,
    'fastcgi-tcp-kept': NEVER_KEPT,
    'fastcgi-unix': true,
    'fastcgi-unix-kept': NEVER_KEPT,
    'fastcgi-multiplexed': ALONE,
    'scgi-tcp': true,
    'scgi-unix': true,
    cgi: true,
    'cgi-prefork': OF_APACHE,
    spawned: true,
    'shared-cgi': NO_HTACCESS,
    'shared-resident': NO_HTACCESS,
    'shared-fcgid': NO_HTACCESS,
    authorizer: true,
  },
  haproxy: {
    http: true,
    'http-unix': true,
    'fastcgi-tcp': true,
    'fastcgi-tcp-kept': true,
    'fastcgi-unix': true,
    'fastcgi-unix-kept': true,
    'fastcgi-multiplexed': true,
    'scgi-tcp': NO_SCGI,
    'scgi-unix': NO_SCGI,
    cgi: NO_PROGRAMS,
    'cgi-prefork': OF_APACHE,
    spawned: true,
    'shared-cgi': NO_HTACCESS,
    'shared-resident': NO_HTACCESS,
    'shared-fcgid': NO_HTACCESS,
    authorizer: 'it knows the role of a responder only, and has no subrequests but those of Lua',
  },
  caddy: {
    http: true,
    'http-unix': true,
    'fastcgi-tcp': true,
    'fastcgi-tcp-kept': NEVER_KEPT,
    'fastcgi-unix': true,
    'fastcgi-unix-kept': NEVER_KEPT,
    'fastcgi-multiplexed': ALONE,
    'scgi-tcp': NO_SCGI,
    'scgi-unix': NO_SCGI,
    cgi: 'it starts programs with a plugin that has to be compiled in',
    'cgi-prefork': OF_APACHE,
    spawned: true,
    'shared-cgi': NO_HTACCESS,
    'shared-resident': NO_HTACCESS,
    'shared-fcgid': NO_HTACCESS,
    authorizer: true,
  },
  h2o: {
    http: true,
    'http-unix': true,
    'fastcgi-tcp': true,
    'fastcgi-tcp-kept': true,
    'fastcgi-unix': true,
    'fastcgi-unix-kept': true,
    'fastcgi-multiplexed': ALONE,
    'scgi-tcp': NO_SCGI,
    'scgi-unix': NO_SCGI,
    cgi: true,
    'cgi-prefork': OF_APACHE,
    spawned: true,
    'shared-cgi': NO_HTACCESS,
    'shared-resident': NO_HTACCESS,
    'shared-fcgid': NO_HTACCESS,
    authorizer: 'it has none but a script in its own mruby',
  },
};

/** The ways of a web server that are tried with the one list of requests. @param {Server} server */
export function answeringWays(server) {
  return Object.keys(cells[server]).filter((way) => cells[server][way] === true && way !== 'authorizer');
}
