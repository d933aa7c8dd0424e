// What is measured. Of each work the first server is what the others are compared with; it runs twice, which shows the noise.

const GET = { method: 'GET', path: '/' };
const COOKIES = Array.from({ length: 4 }, (_, index) => `name${index}=value-${index}-0123456789abcdef`).join('; ');

/** So many headers beside Host, one of them cookies. */
function headers(count) {
  const plain = Array.from({ length: count - 1 }, (_, index) => [`X-Header-${index}`, `the value of header ${index}`]);
  return [...plain, ['Cookie', COOKIES]];
}

const HTTP = ['node:http', 'tsgi http', 'node:net, parses nothing', 'Go net/http'];
const BODIES = ['node:http', 'tsgi http'];
const FCGI = ['Go net/http/fcgi', 'tsgi fcgi'];
const SCGI = ['node:net, parses nothing (SCGI)', 'tsgi scgi'];

const post = (bodySize) => ({ method: 'POST', path: '/', bodySize });
const answer = (size) => ({ method: 'GET', path: `/bytes/${size}` });

const QUICK = [
  {
    name: 'http-hello',
    title: 'HTTP, 13 bytes, kept connections',
    wire: 'http',
    keeps: true,
    request: GET,
    servers: HTTP,
  },
  {
    name: 'http-connections',
    title: 'HTTP, 13 bytes, a connection each',
    wire: 'http',
    keeps: false,
    request: GET,
    servers: BODIES,
  },
  {
    name: 'http-post',
    title: 'HTTP, 1 KiB sent back',
    wire: 'http',
    keeps: true,
    request: post(1024),
    servers: BODIES,
  },
  {
    name: 'fcgi-hello',
    title: 'FastCGI, 13 bytes, kept connections',
    wire: 'fcgi',
    keeps: true,
    request: GET,
    servers: FCGI,
  },
  {
    name: 'fcgi-connections',
    title: 'FastCGI, 13 bytes, a connection each',
    wire: 'fcgi',
    keeps: false,
    request: GET,
    servers: FCGI,
  },
  { name: 'scgi-hello', title: 'SCGI, 13 bytes', wire: 'scgi', keeps: false, request: GET, servers: SCGI },
];

const http = (name, title, request, servers = BODIES, more = {}) => ({
  name,
  title: `HTTP, ${title}`,
  wire: 'http',
  keeps: true,
  request,
  servers,
  ...more,
});

const FULL = [
  ...QUICK,
  http('http-headers-20', '20 headers with cookies', { ...GET, headers: headers(20) }),
  ...[65_536, 1_048_576].map((size) => http(`http-post-${size}`, `${size >> 10} KiB sent back`, post(size))),
  ...[1024, 65_536, 1_048_576].map((size) =>
    http(`http-answer-${size}`, `an answer of ${size >> 10} KiB`, answer(size)),
  ),
];

/** Each growth is a curve: the same work again and again, with one number larger. */
const CURVES = [
  {
    name: 'http-by-headers',
    title: 'HTTP, by headers of the request',
    unit: 'headers',
    steps: [5, 10, 20, 50, 95].map((count) => ({ at: count, request: { ...GET, headers: headers(count) } })),
    work: { wire: 'http', keeps: true, servers: BODIES },
  },
  {
    name: 'http-by-connections',
    title: 'HTTP, by connections',
    unit: 'connections',
    steps: [1, 8, 64, 512].map((count) => ({ at: count, request: GET, connections: count })),
    work: { wire: 'http', keeps: true, servers: BODIES },
  },
  {
    name: 'fcgi-by-params',
    title: 'FastCGI, by params of the request',
    unit: 'params',
    steps: [20, 50, 100, 200].map((count) => ({
      at: count,
      request: { ...GET, headers: headers(Math.max(1, count - 19)) },
    })),
    work: { wire: 'fcgi', keeps: true, servers: FCGI },
  },
];

/** @returns {{ works: object[], curves: object[] }} */
export function selected(isFull, only) {
  const wanted = ({ name }) => only === undefined || name.includes(only);
  return { works: (isFull ? FULL : QUICK).filter(wanted), curves: isFull ? CURVES.filter(wanted) : [] };
}
