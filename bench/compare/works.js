// What is measured, in groups. Of each work the first server is what the others are compared with; it runs twice, which shows the
// noise. A work with `steps` is a curve: the same again and again, with one number larger.

const GET = { method: 'GET', path: '/' };
const COOKIES = Array.from({ length: 4 }, (_, index) => `name${index}=value-${index}-0123456789abcdef`).join('; ');

/** So many headers beside Host, one of them cookies. */
function headers(count) {
  const plain = Array.from({ length: count - 1 }, (_, index) => [`X-Header-${index}`, `the value of header ${index}`]);
  return [...plain, ['Cookie', COOKIES]];
}

const post = (bodySize) => ({ method: 'POST', path: '/', bodySize });
const KIB = 1024;
const MIB = KIB * KIB;
const GIB = KIB * MIB;

const http = (name, title, request, servers, more) => ({
  name: `http-${name}`,
  title: `HTTP, ${title}`,
  wire: 'http',
  keeps: true,
  request,
  servers,
  ...more,
});
const STREAMED = { connections: 1 };
const BODIES = ['node:http', 'tsgi http', 'Go net/http'];
const SOCKET = 'node:net, parses nothing';

const HTTP = [
  http(
    'hello',
    '13 bytes, kept connections',
    GET,
    [
      'node:http',
      'tsgi http',
      'tsgi serve',
      SOCKET,
      'Go net/http',
      'nginx',
      'Bun.serve',
      'Deno.serve',
      'Hono, node-server',
      'Hono, srvx',
      'Fastify, its listen',
      'Express, node:http',
    ],
    { quick: ['node:http', 'tsgi http', SOCKET, 'Go net/http'] },
  ),
  http(
    'connections',
    '13 bytes, a connection each',
    GET,
    ['node:http', 'tsgi http', SOCKET, 'Go net/http', 'nginx', 'Bun.serve'],
    { keeps: false, quick: ['node:http', 'tsgi http'] },
  ),
  http('headers-20', 'JSON, 20 headers with cookies', { ...GET, path: '/json', headers: headers(20) }, BODIES),
  http('post-1k', '1 KiB sent back', post(KIB), [...BODIES, 'Bun.serve', 'Deno.serve'], {
    quick: ['node:http', 'tsgi http'],
  }),
  http('post-64k', '64 KiB sent back', post(64 * KIB), BODIES),
  http('post-1m', '1 MiB sent back', post(MIB), BODIES, { connections: 8 }),
  ...[
    ['1k', '1 KiB', KIB],
    ['64k', '64 KiB', 64 * KIB],
    ['1m', '1 MiB', MIB],
  ].map(([name, size, bytes]) =>
    http(`answer-${name}`, `an answer of ${size}`, { ...GET, path: `/bytes/${bytes}` }, BODIES, { connections: 8 }),
  ),
  http('file-64k', 'a file of 64 KiB', { ...GET, path: `/file/${64 * KIB}` }, [...BODIES, 'nginx'], {
    fileSize: 64 * KIB,
    connections: 8,
  }),
  http('file-1m', 'a file of 1 MiB', { ...GET, path: `/file/${MIB}` }, [...BODIES, 'nginx'], {
    fileSize: MIB,
    connections: 8,
  }),
];

const STREAMS = [
  http('answer-1g', 'an answer of 1 GiB', { ...GET, path: `/bytes/${GIB}` }, BODIES, STREAMED),
  http('chunked-1g', 'an answer of 1 GiB in chunks', { ...GET, path: `/chunked/${GIB}` }, BODIES, STREAMED),
  http('file-1g', 'a file of 1 GiB', { ...GET, path: `/file/${GIB}` }, [...BODIES, 'nginx'], {
    ...STREAMED,
    fileSize: GIB,
  }),
  http('upload-1g', 'an upload of 1 GiB', { method: 'POST', path: '/count', bodySize: GIB }, BODIES, STREAMED),
  http(
    'upload-chunked-1g',
    'an upload of 1 GiB in chunks',
    { method: 'POST', path: '/count', bodySize: GIB, isChunked: true },
    BODIES,
    STREAMED,
  ),
].map((work) => Object.assign(work, { unit: 'ms a GiB', scale: 1e-3 }));

const HTTP_CURVES = [
  http('by-connections', 'by connections', GET, BODIES, {
    axis: 'connections',
    steps: [1, 8, 64, 512, 10_000].map((count) => ({ at: count, connections: count })),
  }),
  http('by-headers', 'by headers of the request', GET, BODIES, {
    axis: 'headers',
    steps: [5, 10, 20, 50, 95].map((count) => ({ at: count, request: { ...GET, headers: headers(count) } })),
  }),
  http('by-answer', 'by bytes of the answer', GET, BODIES, {
    axis: 'KiB',
    connections: 8,
    steps: [1, 16, 64, 256, 1024].map((size) => ({ at: size, request: { ...GET, path: `/bytes/${size * KIB}` } })),
  }),
];

const GO_FCGI = 'Go net/http/fcgi';
const fcgi = (name, title, servers, more) => ({
  name: `fcgi-${name}`,
  title: `FastCGI, ${title}`,
  wire: 'fcgi',
  keeps: true,
  request: GET,
  servers,
  ...more,
});
const FCGI = [
  fcgi('hello', '13 bytes, kept connections', [GO_FCGI, 'tsgi fcgi', 'libfcgi, C', 'php-fpm', 'node-fastcgi'], {
    quick: [GO_FCGI, 'tsgi fcgi'],
  }),
  fcgi(
    'connections',
    '13 bytes, a connection each',
    [GO_FCGI, 'tsgi fcgi', 'libfcgi, C', 'php-fpm', 'node-fastcgi', 'uWSGI fastcgi'],
    { keeps: false, quick: [GO_FCGI, 'tsgi fcgi'] },
  ),
  fcgi('multiplexed', '13 bytes, 8 requests at once on a connection', [GO_FCGI, 'tsgi fcgi'], {
    multiplex: 8,
    connections: 4,
  }),
  fcgi('post-64k', '64 KiB sent back', [GO_FCGI, 'tsgi fcgi'], { request: post(64 * KIB), connections: 8 }),
  fcgi('nginx-kept', '13 bytes behind nginx, kept connections', [GO_FCGI, 'tsgi fcgi', 'libfcgi, C'], {
    front: 'fcgi kept',
  }),
  fcgi(
    'nginx-connections',
    '13 bytes behind nginx, a connection each',
    [GO_FCGI, 'tsgi fcgi', 'libfcgi, C', 'uWSGI fastcgi'],
    { front: 'fcgi' },
  ),
];
const FCGI_CURVES = [
  fcgi('by-params', 'by params of the request', [GO_FCGI, 'tsgi fcgi'], {
    axis: 'params',
    // 20 of them are there without headers.
    steps: [21, 50, 100, 128, 200].map((count) => ({
      at: count,
      request: { ...GET, headers: headers(Math.max(1, count - 20)) },
    })),
  }),
];

const RAW_SCGI = 'node:net, parses nothing (SCGI)';
const SCGI = [
  {
    name: 'scgi-hello',
    title: 'SCGI, 13 bytes',
    wire: 'scgi',
    keeps: false,
    request: GET,
    servers: [RAW_SCGI, 'tsgi scgi', 'uWSGI scgi'],
    quick: [RAW_SCGI, 'tsgi scgi'],
  },
  {
    name: 'scgi-nginx',
    title: 'SCGI, 13 bytes behind nginx',
    wire: 'scgi',
    front: 'scgi',
    request: GET,
    servers: [RAW_SCGI, 'tsgi scgi', 'uWSGI scgi'],
  },
];

const GATEWAY = [
  {
    name: 'gateway-php',
    title: 'The web server before php-fpm, a script below its root',
    wire: 'http',
    keeps: true,
    behind: 'php-fpm',
    request: { method: 'GET', path: '/hello.php' },
    servers: [
      'nginx before php-fpm',
      'nginx before php-fpm, kept connections',
      'Caddy before php-fpm',
      'tsgi gateway before php-fpm',
      'tsgi gateway --pool 0 before php-fpm',
    ],
    connections: 16,
  },
];

const CGI_SERVERS = ['an empty script of Node', 'Node, one write', 'tsgi build-cgi', 'tsgi serve --backend cgi'];
const CGI = [
  {
    name: 'cgi-hello',
    title: 'CGI, 13 bytes, from the start of a process to its end',
    kind: 'starts',
    unit: 'ms a start',
    servers: [
      ...CGI_SERVERS,
      'tsgi build-cgi --resident, without what stays',
      'Python, wsgiref',
      'Perl',
      'PHP, php-cgi',
      'Go net/http/cgi',
    ],
  },
];

const COMMAND = [
  {
    ...http('seeing', 'what checking and seeing cost', GET, [
      'tsgi serve',
      'tsgi serve --validate',
      'tsgi serve --access-log combined',
      'tsgi serve --access-log json',
      'tsgi serve --metrics',
    ]),
    name: 'command-seeing',
  },
  {
    ...http('threads', 'the application in a thread', GET, ['tsgi serve', 'tsgi serve --threads 1']),
    name: 'command-threads',
    cores: '0,1',
    loadCores: '0,1',
  },
  {
    ...http(
      'workers',
      'an application that computes for a millisecond, on two cores',
      { ...GET, path: '/compute' },
      ['tsgi serve --workers 1', 'tsgi serve --workers 2'],
      { connections: 16, cores: '0,1', loadCores: '0,1' },
    ),
    name: 'command-workers',
    measure: 'rate',
    unit: 'µs between two answers',
  },
];

const VERSIONS = ['20', '22', '24', '26'].map((version) => ({ at: version, runtime: version }));
const NODES = [
  http('nodes-hello', '13 bytes, kept connections, by Node', GET, ['node:http', 'tsgi http', SOCKET]),
  http('nodes-connections', '13 bytes, a connection each, by Node', GET, ['node:http', 'tsgi http', SOCKET], {
    keeps: false,
  }),
  http('nodes-post', '1 KiB sent back, by Node', post(KIB), ['node:http', 'tsgi http']),
  { name: 'cgi', title: 'CGI, by Node', kind: 'starts', unit: 'ms a start', servers: CGI_SERVERS },
].map((work) =>
  Object.assign(work, {
    name: `nodes-${work.name.replace(/^http-nodes-/, '')}`,
    axis: 'version of Node',
    steps: VERSIONS,
  }),
);

const TWO_VERSIONS = VERSIONS.filter(({ at }) => at === '20' || at === '26');
const framework = (name, title, servers) => ({
  ...http(name, title, GET, servers),
  name: `frameworks-${name}`,
  title,
  axis: 'version of Node',
  steps: TWO_VERSIONS,
});
const FRAMEWORKS = [
  framework('hono', 'Hono, 13 bytes', [
    'Hono, node-server',
    'Hono, tsgi, light Response',
    'Hono, tsgi',
    'Hono, tsgi, native request',
    'Hono, node-server without globals',
    'Hono, srvx',
  ]),
  framework('express', 'Express, 13 bytes', ['Express, node:http', 'Express, tsgi']),
  framework('koa', 'Koa, 13 bytes', ['Koa, node:http', 'Koa, tsgi']),
  framework('fastify', 'Fastify, 13 bytes', ['Fastify, its listen', 'Fastify, tsgi']),
  framework('express-nginx', 'Express behind nginx, kept connections', [
    'Express, node:http behind nginx',
    'Express, tsgi fcgi behind nginx',
  ]),
];

const WIRE_OF = { 'tsgi fcgi': 'fcgi', 'tsgi scgi': 'scgi', [GO_FCGI]: 'fcgi' };
const resting = (name, title, measure, unit, servers) => ({
  name: `memory-${name}`,
  title: `Memory, ${title}`,
  kind: 'resting',
  measure,
  unit,
  wire: 'http',
  wireOf: WIRE_OF,
  servers,
});
const MEMORY = [
  resting('rest', 'before the first request', 'rest', 'MiB', [
    'node:http',
    SOCKET,
    'tsgi http',
    'tsgi serve',
    'tsgi fcgi',
    'tsgi scgi',
    'Go net/http',
  ]),
  resting('used', 'after the first request', 'used', 'MiB', [
    'node:http',
    SOCKET,
    'tsgi http',
    'tsgi serve',
    'tsgi fcgi',
    'Go net/http',
  ]),
  resting('idle', 'of an idle kept connection', 'idle', 'KiB', ['node:http', SOCKET, 'tsgi http', 'Go net/http']),
  resting('unread-answer', 'more while a client does not read an answer of 1 GiB', 'unreadAnswer', 'MiB', [
    'node:http',
    'tsgi http',
  ]),
  resting('unread-upload', 'more while an application does not read an upload of 1 GiB', 'unreadUpload', 'MiB', [
    'node:http',
    'tsgi http',
  ]),
];

export const GROUPS = {
  http: { title: 'HTTP', works: HTTP },
  streams: { title: 'HTTP, bodies of 1 GiB', works: STREAMS },
  'http-curves': { title: 'HTTP, as one number grows', works: HTTP_CURVES },
  fcgi: { title: 'FastCGI', works: [...FCGI, ...FCGI_CURVES] },
  scgi: { title: 'SCGI', works: SCGI },
  gateway: { title: 'Gateway', works: GATEWAY },
  cgi: { title: 'CGI', works: CGI },
  command: { title: 'The command', works: COMMAND },
  nodes: { title: 'Versions of Node', works: NODES },
  frameworks: { title: 'Frameworks', works: FRAMEWORKS },
  memory: { title: 'Memory', works: MEMORY },
};

/**
 * @param {boolean} isFull
 * @param {string[]} [only] names of groups or works.
 * @returns {{ group: string, work: { name: string, servers: string[], kind?: string } }[]} the quick ones have fewer servers, and none is a
 * curve.
 */
export function selected(isFull, only) {
  const all = Object.entries(GROUPS).flatMap(([group, { works }]) => works.map((work) => ({ group, work })));
  const wanted = all.filter(
    ({ group, work }) => only === undefined || only.includes(group) || only.includes(work.name),
  );
  if (isFull || only !== undefined) return wanted;
  return wanted
    .filter(({ work }) => work.quick !== undefined)
    .map(({ group, work }) => ({ group, work: { ...work, servers: work.quick } }));
}
