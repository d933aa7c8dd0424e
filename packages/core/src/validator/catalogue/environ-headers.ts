import type { Rule } from './rule.ts';

/** R35 to R42: request headers in the environ, and what the server says of itself. */
export const ENVIRON_HEADERS: readonly Rule[] = [
  {
    id: 'R35',
    binds: ['server'],
    severity: 'error',
    title: 'A header name with an underscore is dropped',
    explanation:
      '`X_User` and `X-User` would be one key, and the first is what a proxy forgets to strip. Only a forwarder that is trusted may send one.',
    source: 'gunicorn, header_map; CVE-2024-6827 and its like',
    unseen: 'In the environ the two can no longer be told apart. The conformance kit sends both.',
  },
  {
    id: 'R36',
    binds: ['server'],
    severity: 'error',
    title: 'The `Proxy` header never becomes `HTTP_PROXY`',
    explanation:
      'HTTP clients take a variable of that name for the proxy to use, and would send what they fetch to an address that a visitor chose.',
    source: 'httpoxy, CVE-2016-5385 and others; Go #16405',
    example: {
      of: 'server',
      wrong: "environ.HTTP_PROXY = 'http://attacker.example';",
      right: "environ.HTTP_FORWARDED = 'for=192.0.2.1';",
    },
  },
  {
    id: 'R37',
    binds: ['server'],
    severity: 'error',
    title: 'Repeated headers are joined, and singletons refused',
    explanation:
      'With `, `, but `Cookie` with `; `. `Host`, `Content-Type` and `Content-Length` come once, or the request is a 400.',
    source: 'RFC 9110 §5.3; PSGI; Go cgi/host.go',
    unseen: 'A joined value looks like one that came joined. The conformance kit sends repeated headers.',
  },
  {
    id: 'R38',
    binds: ['server'],
    severity: 'error',
    title: 'Hop-by-hop headers stop at the server',
    explanation:
      '`Connection`, `Keep-Alive`, `TE`, `Transfer-Encoding`, `Upgrade` and what belongs to proxies are about one connection. The body arrives decoded, so its coding is no news either. Where `tsgi.upgrade` is offered, `HTTP_CONNECTION` and `HTTP_UPGRADE` are there for it.',
    source: 'PEP 3333, Other HTTP Features; RFC 9110 §7.6.1',
    example: {
      of: 'server',
      wrong: "environ.HTTP_TRANSFER_ENCODING = 'chunked';",
      right: 'delete environ.CONTENT_LENGTH;',
    },
  },
  {
    id: 'R39',
    binds: ['server'],
    severity: 'error',
    title: '`tsgi.url_scheme` is `http` or `https`',
    explanation:
      'That of the last hop. Where the CGI variable `HTTPS` is `on`, `1` or `yes`, in any case, it is `https`.',
    source: 'PEP 3333, URL Reconstruction; wsgiref.validate; Rack Lint',
    example: {
      of: 'server',
      wrong: "environ['tsgi.url_scheme'] = 'gopher';",
      right: "environ['tsgi.url_scheme'] = 'https';",
    },
  },
  {
    id: 'R40',
    binds: ['server'],
    severity: 'error',
    title: '`tsgi.version` is `[1, 0]`',
    explanation: 'An array of two numbers.',
    source: 'PEP 3333, environ Variables; wsgiref.validate; Plack Lint',
    example: {
      of: 'server',
      wrong: "environ['tsgi.version'] = '1.0';",
      right: "environ['tsgi.version'] = [1, 0];",
    },
  },
  {
    id: 'R41',
    binds: ['server'],
    severity: 'error',
    title: 'What the server says of its processes and threads is true',
    explanation:
      '`tsgi.multithread`, `tsgi.multiprocess`, `tsgi.run_once` and `tsgi.concurrent` are booleans. A single event loop is not multithreaded, and it is concurrent: while one request awaits, others run. A server that denies that and does it is found out.',
    source: 'PEP 3333, Questions and Answers; PSGI, psgi.nonblocking',
    example: {
      of: 'server',
      wrong: "environ['tsgi.multithread'] = 'no';",
      right: "environ['tsgi.multithread'] = false;",
    },
  },
  {
    id: 'R42',
    binds: ['server'],
    severity: 'error',
    title: 'A deployer may add variables',
    explanation: 'From a list that names them. The environment of the process is never poured into that of a request.',
    source: 'PEP 3333, Application Configuration',
    unseen: 'It is a permission. That nothing else gets in is proved by the backends’ tests.',
  },
];
