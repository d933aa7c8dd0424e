/** Bytes that are no request, the status that says so, and why. After gunicorn's `tests/requests/invalid` and the smuggling classes. */
export interface RefusedRequest {
  why: string;
  bytes: string;
  status: number;
}

const HOST = 'Host: a\r\n';
const POST = `POST / HTTP/1.1\r\n${HOST}`;
const CHUNKED = `${POST}Transfer-Encoding: chunked\r\n\r\n`;

function row(why: string, bytes: string, status: number = 400): RefusedRequest {
  return { why, bytes, status };
}

export const refusedRequests: RefusedRequest[] = [
  // The request line (RFC 9112 §3).
  row('no target', 'GET HTTP/1.1\r\n\r\n'),
  row('no version: llhttp takes it for HTTP/0.9 (nodejs/llhttp#877)', 'GET /\r\n\r\n'),
  row('a request line that ends in LF, with headers after it (nodejs/llhttp#877)', `GET /\n${HOST}\r\n`),
  row('a request line that ends in LF, with a version', `GET / HTTP/1.1\n${HOST}\r\n`),
  row('a request line that ends in CR', `GET / HTTP/1.1\r${HOST}\r\n\r\n`),
  row('two spaces before the target', `GET  / HTTP/1.1\r\n${HOST}\r\n`),
  row('two spaces before the version', `GET /  HTTP/1.1\r\n${HOST}\r\n`),
  row('a space behind the version', `GET / HTTP/1.1 \r\n${HOST}\r\n`),
  row('a space before the method', ` GET / HTTP/1.1\r\n${HOST}\r\n`),
  row('a tab for a space', `GET\t/ HTTP/1.1\r\n${HOST}\r\n`),
  row('a space in the target', `GET /a b HTTP/1.1\r\n${HOST}\r\n`),
  row('a NUL in the target', `GET /a\0b HTTP/1.1\r\n${HOST}\r\n`),
  row('a tab in the target', `GET /a\tb HTTP/1.1\r\n${HOST}\r\n`),
  row('a DEL in the target', `GET /a\x7fb HTTP/1.1\r\n${HOST}\r\n`),
  row('a CR in the target', `GET /a\rb HTTP/1.1\r\n${HOST}\r\n`),
  row('a NUL in the method', `G\0ET / HTTP/1.1\r\n${HOST}\r\n`),
  row('a byte above ASCII in the method', `G\xc9T / HTTP/1.1\r\n${HOST}\r\n`),
  row('a colon in the method', `GET: / HTTP/1.1\r\n${HOST}\r\n`),
  row('a header in place of a request line', 'bla:rgh\r\n\r\n'),
  row('a word in place of a request line', '-bl\r\n\r\n'),
  row('LF before the request line', `\nGET / HTTP/1.1\r\n${HOST}\r\n`),
  row('CR without LF before the request line', `\r\rGET / HTTP/1.1\r\n${HOST}\r\n`),
  row('empty lines without end', '\r\n'.repeat(100)),
  row('another protocol', `GET / FTP/1.1\r\n${HOST}\r\n`),
  row('the protocol in lower case', `GET / http/1.1\r\n${HOST}\r\n`),
  row('a version of three digits', `GET / HTTP/111\r\n${HOST}\r\n`),
  row('a huge version', `GET / HTTP/1.18446744073709551617\r\n${HOST}\r\n`),
  row('HTTP/0.9', `GET / HTTP/0.9\r\n${HOST}\r\n`, 505),
  row('HTTP/1.2', `GET / HTTP/1.2\r\n${HOST}\r\n`, 505),
  row('HTTP/2.0', `GET / HTTP/2.0\r\n${HOST}\r\n`, 505),
  row('the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505),
  row('a relative target', `GET foo HTTP/1.1\r\n${HOST}\r\n`),
  row('a TLS handshake', '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03'),
  row('a target beyond its limit', `GET /${'a'.repeat(8_192)} HTTP/1.1\r\n${HOST}\r\n`, 414),
  row('a target beyond its limit whose end has not come', `GET /${'a'.repeat(9_000)}`, 414),

  // Headers (RFC 9112 §5).
  row('white space before the colon', 'GET / HTTP/1.1\r\nHost : a\r\n\r\n'),
  row('no name', `GET / HTTP/1.1\r\n${HOST}: b\r\n\r\n`),
  row('no colon', `GET / HTTP/1.1\r\n${HOST}b\r\n\r\n`),
  row('a space in a name', `GET / HTTP/1.1\r\n${HOST}a b: c\r\n\r\n`),
  row('a NUL in a name', `GET / HTTP/1.1\r\n${HOST}a\0b: c\r\n\r\n`),
  row('a byte above ASCII in a name', `GET / HTTP/1.1\r\n${HOST}a\xe9: c\r\n\r\n`),
  row('a parenthesis in a name', `GET / HTTP/1.1\r\n${HOST}a(b): c\r\n\r\n`),
  row('a folded line (obs-fold)', `GET / HTTP/1.1\r\n${HOST}a: b\r\n c\r\n\r\n`),
  row('a folded line with a tab', `GET / HTTP/1.1\r\n${HOST}a: b\r\n\tc\r\n\r\n`),
  row('a folded line behind an empty value', `GET / HTTP/1.1\r\n${HOST}a:\r\n c\r\n\r\n`),
  row('a folded line behind the request line', `GET / HTTP/1.1\r\n ${HOST}\r\n`),
  row('a line that ends in LF', 'GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n'),
  row('a head that ends in LF', `GET / HTTP/1.1\r\n${HOST}\n`),
  row('a CR in a value', `GET / HTTP/1.1\r\n${HOST}a: b\rc\r\n\r\n`),
  row('a NUL in a value', `GET / HTTP/1.1\r\n${HOST}a: b\0c\r\n\r\n`),
  row('a BEL in a value', `GET / HTTP/1.1\r\n${HOST}a: b\x07c\r\n\r\n`),
  row('a DEL in a value', `GET / HTTP/1.1\r\n${HOST}a: b\x7fc\r\n\r\n`),
  row(
    'a smuggled request behind a bare LF in a value',
    `GET / HTTP/1.1\r\n${HOST}a: b\n\nGET /x HTTP/1.1\r\n${HOST}\r\n`,
  ),
  row('a head beyond its limit', `GET / HTTP/1.1\r\n${HOST}a: ${'b'.repeat(17_000)}\r\n\r\n`, 431),
  row('a head beyond its limit whose end has not come', `GET / HTTP/1.1\r\n${HOST}a: ${'b'.repeat(17_000)}`, 431),
  row('too many headers', `GET / HTTP/1.1\r\n${HOST}${'a: b\r\n'.repeat(100)}\r\n`, 431),

  // Host (RFC 9112 §3.2).
  row('no Host', 'GET / HTTP/1.1\r\n\r\n'),
  row('two Hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'),
  row('two equal Hosts', 'GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n'),
  row('two Hosts in HTTP/1.0', 'GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n'),
  row('a Host with a path', 'GET / HTTP/1.1\r\nHost: a/b\r\n\r\n'),
  row('a Host with userinfo', 'GET / HTTP/1.1\r\nHost: u@a\r\n\r\n'),
  row('a Host with a space', 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n'),
  row('a Host that is a list', 'GET / HTTP/1.1\r\nHost: a, b/c\r\n\r\n'),
  row('a Host whose port is no number', 'GET / HTTP/1.1\r\nHost: a:b\r\n\r\n'),
  row('a Host with a byte above ASCII', 'GET / HTTP/1.1\r\nHost: \xe9\r\n\r\n'),

  // Content-Length (RFC 9112 §6.2, R31).
  row('a negative length', `${POST}Content-Length: -1\r\n\r\n`),
  row('a length with a sign', `${POST}Content-Length: +1\r\n\r\nx`),
  row('a negative zero', `${POST}Content-Length: -0\r\n\r\n`),
  row('a length with an underscore', `${POST}Content-Length: 0_1\r\n\r\nx`),
  row('a length with a space', `${POST}Content-Length: 0 1\r\n\r\nx`),
  row('a length in words', `${POST}Content-Length: five\r\n\r\nhello`),
  row('a hexadecimal length', `${POST}Content-Length: 0x5\r\n\r\nhello`),
  row('an empty length', `${POST}Content-Length:\r\n\r\n`),
  row('a list of equal lengths', `${POST}Content-Length: 5, 5\r\n\r\nhello`),
  row('two lengths', `${POST}Content-Length: 3\r\nContent-Length: 2\r\n\r\nabc`),
  row('two equal lengths', `${POST}Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc`),
  row('a length beyond 64 bits', `${POST}Content-Length: 18446744073709551617\r\n\r\nx`),
  row('a length beyond what a number holds', `${POST}Content-Length: 9007199254740993\r\n\r\nx`),

  // Transfer-Encoding (RFC 9112 §6.1, §7).
  row(
    'Content-Length, then Transfer-Encoding',
    `${POST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  ),
  row(
    'Transfer-Encoding, then Content-Length',
    `${POST}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n`,
  ),
  row(
    'Content-Length, then Transfer-Encoding behind a tab',
    `${POST}Content-Length: 5\r\nTransfer-Encoding:\tchunked\r\n\r\n0\r\n\r\n`,
  ),
  row('chunked in HTTP/1.0', 'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'),
  row('chunked twice in one header', `${POST}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n`),
  row('chunked in two headers', `${POST}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`),
  row(
    'identity and chunked in two headers',
    `${POST}Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  ),
  row('chunked, then gzip', `${POST}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n`),
  row('chunked, then identity', `${POST}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n`),
  row(
    'gzip, then chunked: correct, and not implemented',
    `${POST}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
    501,
  ),
  row('identity alone', `${POST}Transfer-Encoding: identity\r\n\r\n`),
  row('a coding that ends in chunked', `${POST}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`),
  row('chunked in quotes', `${POST}Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n`),
  row('chunked behind an empty element', `${POST}Transfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n`),
  row('chunked with a vertical tab', `${POST}Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n`),
  row('an empty coding: llhttp takes it for no body', `${POST}Transfer-Encoding:\r\n\r\n`),

  // Chunks (RFC 9112 §7.1).
  row('an underscore in a size', `${CHUNKED}6_0\r\n`),
  row('a negative size', `${CHUNKED}-5\r\nhello\r\n`),
  row('a size with a sign', `${CHUNKED}+5\r\nhello\r\n`),
  row('a size with 0x', `${CHUNKED}0x5\r\nhello\r\n`),
  row('an empty size', `${CHUNKED}\r\nhello\r\n`),
  row('an extension without a size', `${CHUNKED};a=b\r\nhello\r\n`),
  row('white space behind a size', `${CHUNKED}5 \r\nhello\r\n`),
  row('white space before a size', `${CHUNKED} 5\r\nhello\r\n`),
  row('a size line that ends in LF', `${CHUNKED}5\nhello\r\n`),
  row('a CR in an extension', `${CHUNKED}5;a\rb\r\nhello\r\n`),
  row('an LF in an extension', `${CHUNKED}5;a\nb\r\nhello\r\n`),
  row('a NUL in an extension', `${CHUNKED}5;a=\0b\r\nhello\r\n`),
  row('data without CRLF', `${CHUNKED}5\r\nhello0\r\n\r\n`),
  row('data that ends in LF', `${CHUNKED}5\r\nhello\n0\r\n\r\n`),
  row('a size beyond 64 bits', `${CHUNKED}FFFFFFFFFFFFFFFFF\r\nhello\r\n`),
  row('more extension than data', `${CHUNKED}1;${'a'.repeat(20_000)}\r\nx\r\n0\r\n\r\n`),
  row('extensions on many tiny chunks', `${CHUNKED}${`1;${'a'.repeat(100)}\r\nx\r\n`.repeat(300)}0\r\n\r\n`),
  row('a body that does not end in CRLF', `${CHUNKED}5\r\nhello\r\n0\r\n\rX`),

  // Trailers (RFC 9110 §6.5.1, RFC 9112 §7.1.2).
  row('Content-Length for a trailer', `${CHUNKED}0\r\nContent-Length: 5\r\n\r\n`),
  row('Transfer-Encoding for a trailer', `${CHUNKED}0\r\nTransfer-Encoding: chunked\r\n\r\n`),
  row('Host for a trailer', `${CHUNKED}0\r\nHost: b\r\n\r\n`),
  row('Authorization for a trailer', `${CHUNKED}0\r\nAuthorization: b\r\n\r\n`),
  row('Cookie for a trailer', `${CHUNKED}0\r\ncookie: b\r\n\r\n`),
  row('a folded trailer', `${CHUNKED}0\r\na: b\r\n c\r\n\r\n`),
  row('a trailer that ends in LF', `${CHUNKED}0\r\na: b\n\r\n`),
  row('white space before the colon of a trailer', `${CHUNKED}0\r\na : b\r\n\r\n`),
  row('trailers beyond the limit of heads', `${CHUNKED}0\r\na: ${'b'.repeat(17_000)}\r\n\r\n`, 431),
  row('too many trailers', `${CHUNKED}0\r\n${'a: b\r\n'.repeat(101)}\r\n`, 431),

  // Expect (RFC 9110 §10.1.1).
  row('an expectation that is not known', `${POST}Expect: the-inquisition\r\n\r\n`, 417),
  row('one that is not known before one that is', `${POST}Expect: x\r\nExpect: 100-continue\r\n\r\n`, 417),
  row('one that is not known behind one that is', `${POST}Expect: 100-continue, x\r\n\r\n`, 417),
];
