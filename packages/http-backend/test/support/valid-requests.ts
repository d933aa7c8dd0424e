import type { Seen } from './events.ts';

/** Bytes that are requests, what they say, and why they pass. After the cases of gunicorn's `tests/requests/valid`. */
export interface ValidRequest {
  why: string;
  bytes: string;
  requests: (Partial<Seen> & { headers?: string[] })[];
}

const HOST = 'Host: a\r\n';

export const validRequests: ValidRequest[] = [
  {
    why: 'the smallest HTTP/1.1 request',
    bytes: `GET / HTTP/1.1\r\n${HOST}\r\n`,
    requests: [
      { method: 'GET', target: '/', protocol: 'HTTP/1.1', headers: ['Host', 'a'], keepAlive: true, whole: true },
    ],
  },
  {
    why: 'HTTP/1.0 needs no Host, and closes unless it says keep-alive',
    bytes: 'GET / HTTP/1.0\r\n\r\n',
    requests: [{ protocol: 'HTTP/1.0', headers: [], keepAlive: false }],
  },
  {
    why: 'HTTP/1.0 may say keep-alive',
    bytes: 'GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n',
    requests: [{ keepAlive: true }],
  },
  {
    why: 'HTTP/1.1 may say close',
    bytes: `GET / HTTP/1.1\r\n${HOST}Connection: Close\r\n\r\n`,
    requests: [{ keepAlive: false }],
  },
  {
    why: 'close among other options of Connection',
    bytes: `GET / HTTP/1.1\r\n${HOST}Connection: x, close\r\n\r\n`,
    requests: [{ keepAlive: false }],
  },
  {
    why: 'close before a tab',
    bytes: `GET / HTTP/1.1\r\n${HOST}Connection: close \t\r\n\r\n`,
    requests: [{ keepAlive: false }],
  },
  {
    why: 'close in one of two Connections',
    bytes: `GET / HTTP/1.1\r\n${HOST}Connection: close\r\nconnection: keep-alive\r\n\r\n`,
    requests: [{ keepAlive: false }],
  },
  {
    why: 'close wins over keep-alive in HTTP/1.0 too (RFC 9112 §9.3)',
    bytes: 'GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n',
    requests: [{ keepAlive: false }],
  },
  {
    why: 'Proxy-Connection is not Connection (RFC 9112 §C.2.2)',
    bytes: 'GET / HTTP/1.0\r\nProxy-Connection: keep-alive\r\n\r\n',
    requests: [{ keepAlive: false }],
  },
  {
    why: 'what only looks like close is not',
    bytes: `GET / HTTP/1.1\r\n${HOST}Connection: closed, "close", keep-alive\r\n\r\n`,
    requests: [{ keepAlive: true }],
  },
  {
    why: 'an expectation that is said twice',
    bytes: `POST / HTTP/1.1\r\n${HOST}Expect: 100-continue\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n\r\nx`,
    requests: [{ expectContinue: true, body: 'x' }],
  },
  {
    why: 'a body of a known length',
    bytes: `PUT /stuff/here?foo=bar HTTP/1.0\r\nContent-Length: 14\r\n\r\n{"nom": "nom"}`,
    requests: [{ method: 'PUT', target: '/stuff/here?foo=bar', body: '{"nom": "nom"}', whole: true }],
  },
  {
    why: 'a length in odd letters',
    bytes: 'POST / HTTP/1.0\r\ncOnTENT-lENGTH: 2\r\n\r\nhi',
    requests: [{ body: 'hi', whole: true }],
  },
  {
    why: 'leading zeros of a length are digits',
    bytes: `POST / HTTP/1.1\r\n${HOST}Content-Length: 002\r\n\r\nhi`,
    requests: [{ body: 'hi' }],
  },
  {
    why: 'a length of 0 is no body',
    bytes: `GET / HTTP/1.1\r\n${HOST}Content-Length: 0\r\n\r\n`,
    requests: [{ body: '', whole: true }],
  },
  {
    why: 'a GET may have a body',
    bytes: `GET / HTTP/1.1\r\n${HOST}Content-Length: 3\r\n\r\nabc`,
    requests: [{ body: 'abc', whole: true }],
  },
  {
    why: 'chunks',
    bytes: `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n`,
    requests: [{ body: 'hello world', whole: true, trailers: [] }],
  },
  {
    why: 'the last chunk may have more zeros',
    bytes: `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n000\r\n\r\n`,
    requests: [{ body: 'hello', whole: true }],
  },
  {
    why: 'chunk sizes are hexadecimal, upper case and leading zeros too',
    bytes: `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: Chunked\r\n\r\n00B\r\nhello world\r\n0\r\n\r\n`,
    requests: [{ body: 'hello world', whole: true }],
  },
  {
    why: 'trailers, with white space around their values',
    bytes: `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nVary: * \r\nX-Sum:\tabc\t\r\nEmpty:\r\n\r\n`,
    requests: [{ body: 'hello', trailers: ['Vary', '*', 'X-Sum', 'abc', 'Empty', ''], whole: true }],
  },
  {
    why: 'chunk extensions are skipped, quoted ones too',
    bytes: `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n5;some=thing\r\nhello\r\n6;a="b;\\"c"\r\n world\r\n0;end\r\n\r\n`,
    requests: [{ body: 'hello world', whole: true }],
  },
  {
    why: 'tiny chunks, many in one packet',
    bytes: `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n${'1\r\nx\r\n'.repeat(10_000)}0\r\n\r\n`,
    requests: [{ body: 'x'.repeat(10_000), whole: true }],
  },
  {
    why: 'a request behind a chunked one',
    bytes: `POST /1 HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\nGET /2 HTTP/1.1\r\n${HOST}\r\n`,
    requests: [
      { target: '/1', body: 'hi', whole: true },
      { target: '/2', whole: true },
    ],
  },
  {
    why: 'a body that looks like a request is a body',
    bytes: `POST / HTTP/1.1\r\n${HOST}Content-Length: 18\r\n\r\nGET / HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n${HOST}\r\n`,
    requests: [{ body: 'GET / HTTP/1.1\r\n\r\n', whole: true }, { target: '/2' }],
  },
  {
    why: 'pipelined requests',
    bytes: `GET /1 HTTP/1.1\r\n${HOST}\r\nGET /2 HTTP/1.1\r\n${HOST}\r\nGET /3 HTTP/1.1\r\n${HOST}\r\n`,
    requests: [{ target: '/1' }, { target: '/2' }, { target: '/3' }],
  },
  {
    why: 'an empty line before a request (RFC 9112 §2.2)',
    bytes: `\r\n\r\nGET / HTTP/1.1\r\n${HOST}\r\n`,
    requests: [{ target: '/' }],
  },
  {
    why: 'a method that nobody registered',
    bytes: `-BLARGH /foo HTTP/1.1\r\n${HOST}\r\n`,
    requests: [{ method: '-BLARGH', target: '/foo' }],
  },
  {
    why: 'a method with a body that nobody registered',
    bytes: `FOO / HTTP/1.1\r\n${HOST}Content-Length: 2\r\n\r\nhi`,
    requests: [{ method: 'FOO', body: 'hi' }],
  },
  { why: 'M-SEARCH', bytes: `M-SEARCH * HTTP/1.1\r\n${HOST}\r\n`, requests: [{ method: 'M-SEARCH', target: '*' }] },
  {
    why: 'PRI is a token like others when its version is ours',
    bytes: `PRI / HTTP/1.1\r\n${HOST}\r\n`,
    requests: [{ method: 'PRI' }],
  },
  {
    why: 'a method of another protocol',
    bytes: `DESCRIBE / HTTP/1.1\r\n${HOST}\r\n`,
    requests: [{ method: 'DESCRIBE' }],
  },
  { why: 'methods keep their case', bytes: `get / HTTP/1.1\r\n${HOST}\r\n`, requests: [{ method: 'get' }] },
  {
    why: 'every character of a token in a method',
    bytes: `!#$%&'*+-.^_\`|~0aZ / HTTP/1.1\r\n${HOST}\r\n`,
    requests: [{ method: "!#$%&'*+-.^_`|~0aZ" }],
  },
  {
    why: 'CONNECT, with what follows kept apart',
    bytes: 'CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n',
    requests: [{ method: 'CONNECT', target: 'a:443' }],
  },
  { why: 'OPTIONS *', bytes: `OPTIONS * HTTP/1.1\r\n${HOST}\r\n`, requests: [{ target: '*' }] },
  {
    why: 'the absolute form',
    bytes: `GET http://b:80/x?y HTTP/1.1\r\n${HOST}\r\n`,
    requests: [{ target: 'http://b:80/x?y' }],
  },
  { why: 'slashes are kept', bytes: `GET /// HTTP/1.1\r\n${HOST}\r\n`, requests: [{ target: '///' }] },
  {
    why: 'raw bytes in a target, as browsers send them',
    bytes: `GET /caf\xc3\xa9 HTTP/1.1\r\n${HOST}\r\n`,
    requests: [{ target: '/caf\xc3\xa9' }],
  },
  {
    why: 'printable characters that RFC 3986 leaves out',
    bytes: `GET /"<>\\^\`{|} HTTP/1.1\r\n${HOST}\r\n`,
    requests: [{ target: '/"<>\\^`{|}' }],
  },
  {
    why: 'a name may hold every character of a token',
    bytes: `GET / HTTP/1.1\r\n${HOST}X.Custom|Pipe!#$%&'*+-^_\`~: 1\r\n\r\n`,
    requests: [{ headers: ['Host', 'a', "X.Custom|Pipe!#$%&'*+-^_`~", '1'] }],
  },
  {
    why: 'white space around a value is not part of it (RFC 9110 §5.5)',
    bytes: `GET / HTTP/1.1\r\n${HOST}A: \t b c \t \r\nB:d\r\nC:\r\nD:   \r\n\r\n`,
    requests: [{ headers: ['Host', 'a', 'A', 'b c', 'B', 'd', 'C', '', 'D', ''] }],
  },
  {
    why: 'bytes above ASCII in a value',
    bytes: `GET / HTTP/1.1\r\n${HOST}A: caf\xe9 \x80\xff\r\n\r\n`,
    requests: [{ headers: ['Host', 'a', 'A', 'caf\xe9 \x80\xff'] }],
  },
  {
    why: 'a repeated header is given twice',
    bytes: `GET / HTTP/1.1\r\n${HOST}A: 1\r\na: 2\r\n\r\n`,
    requests: [{ headers: ['Host', 'a', 'A', '1', 'a', '2'] }],
  },
  {
    why: 'an empty Host is a host (RFC 9112 §3.2)',
    bytes: 'GET / HTTP/1.1\r\nHost:\r\n\r\n',
    requests: [{ headers: ['Host', ''] }],
  },
  { why: 'a Host with a port', bytes: 'GET / HTTP/1.1\r\nHost: example.com:8080\r\n\r\n', requests: [{}] },
  { why: 'a Host that is an IPv6 address', bytes: 'GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n', requests: [{}] },
  {
    why: 'Expect: 100-continue',
    bytes: `POST / HTTP/1.1\r\n${HOST}Content-Length: 1\r\nExpect: 100-Continue\r\n\r\nx`,
    requests: [{ expectContinue: true, body: 'x' }],
  },
  {
    why: 'HTTP/1.0 has no Expect',
    bytes: 'POST / HTTP/1.0\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\nx',
    requests: [{ expectContinue: false }],
  },
  {
    why: 'an upgrade that nobody takes is a request',
    bytes: `GET / HTTP/1.1\r\n${HOST}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\nGET /2 HTTP/1.1\r\n${HOST}\r\n`,
    requests: [{ target: '/' }, { target: '/2' }],
  },
  {
    why: 'an upgrade with a chunked body',
    bytes: `POST / HTTP/1.1\r\n${HOST}Connection: Upgrade\r\nUpgrade: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\nGET /2 HTTP/1.1\r\n${HOST}\r\n`,
    requests: [{ body: 'x', whole: true }, { target: '/2' }],
  },
];
