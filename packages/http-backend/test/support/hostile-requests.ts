/** A request whose reading could take more than time in proportion to its length: `size` is that of what is repeated. */
export interface HostileRequest {
  name: string;
  make(size: number): string;
  /** It comes in packets of so many bytes. Default: at once. */
  packet?: number;
}

const get = (header: string): string => `GET / HTTP/1.1\r\nHost: a\r\n${header}\r\n\r\n`;
const post = (header: string): string => `POST / HTTP/1.1\r\nHost: a\r\n${header}\r\n\r\n`;
const chunked = (rest: string): string => `${post('Transfer-Encoding: chunked')}${rest}`;
const spaces = (size: number): string => ' '.repeat(size);
const tabs = (size: number): string => ' \t'.repeat(size / 2);

const rows: [name: string, make: (size: number) => string, packet?: number][] = [
  ['Connection, spaces before the end', (n) => get(`Connection: close upgrade${spaces(n)}x`)],
  ['Connection, spaces around commas', (n) => get(`Connection: upgrade${spaces(n)},${spaces(n)}x`)],
  ['Connection, commas', (n) => get(`Connection: upgrade${','.repeat(n)}`)],
  ['Connection, commas in blanks', (n) => get(`Connection: upgrade${' , '.repeat(n / 3)}x`)],
  ['Connection, many options', (n) => get(`Connection: ${'upgrade-x,'.repeat(n / 10)}close`)],
  ['Connection, close that is none', (n) => get(`Connection: ${'xclose'.repeat(n / 6)}`)],
  ['Connection, many fields', (n) => get(`Connection: x${`\r\nConnection: ${spaces(500)}x`.repeat(n / 500)}`)],
  ['Expect, spaces', (n) => get(`Expect: 100-continue${spaces(n)}x`)],
  ['Expect, tabs before a comma', (n) => get(`Expect: 100-continue${tabs(n)},${tabs(n)}100-continue`)],
  ['Expect, commas', (n) => get(`Expect: ${'100-continue,'.repeat(n / 13)}100-continue`)],
  ['Transfer-Encoding, spaces', (n) => post(`Transfer-Encoding: gzip${spaces(n)}x`)],
  ['Transfer-Encoding, spaces around commas', (n) => post(`Transfer-Encoding: gzip${tabs(n)},${tabs(n)}chunked`)],
  ['Transfer-Encoding, many codings', (n) => post(`Transfer-Encoding: ${'gzip,'.repeat(n / 5)}chunked`)],
  ['Content-Length, digits', (n) => post(`Content-Length: ${'0'.repeat(n)}`)],
  ['Content-Length, digits and a letter', (n) => post(`Content-Length: ${'9'.repeat(n)}x`)],
  ['Host, letters', (n) => `GET / HTTP/1.1\r\nHost: ${'a'.repeat(n)}\0\r\n\r\n`],
  ['Host, colons', (n) => `GET / HTTP/1.1\r\nHost: ${'a:'.repeat(n / 2)}\r\n\r\n`],
  ['Host, a bracket', (n) => `GET / HTTP/1.1\r\nHost: [${':'.repeat(n)}\r\n\r\n`],
  ['Host, digits behind its colon', (n) => `GET / HTTP/1.1\r\nHost: a:${'1'.repeat(n)}\r\n\r\n`],
  ['a value, spaces behind it', (n) => get(`A: b${spaces(n)}`)],
  ['a value, spaces within', (n) => get(`A: b${spaces(n)}b`)],
  ['a name', (n) => get(`${'a'.repeat(n)}: b`)],
  ['a name that is none', (n) => get(`${'a'.repeat(n)}`)],
  ['many fields', (n) => get(`A: b${'\r\nA: b'.repeat(n / 6)}`)],
  ['the method', (n) => `${'A'.repeat(n)} / HTTP/1.1\r\nHost: a\r\n\r\n`],
  ['the target', (n) => `GET /${'%20'.repeat(n / 3)} HTTP/1.1\r\nHost: a\r\n\r\n`],
  ['the target, raw bytes', (n) => `GET /${'\xe9'.repeat(n)} HTTP/1.1\r\nHost: a\r\n\r\n`],
  ['the target, a space in it', (n) => `GET /${'a'.repeat(n)} b HTTP/1.1\r\nHost: a\r\n\r\n`],
  ['the request line, spaces', (n) => `GET ${spaces(n)} HTTP/1.1\r\nHost: a\r\n\r\n`],
  ['the version', (n) => `GET / HTTP/${'1'.repeat(n)}\r\nHost: a\r\n\r\n`],
  ['requests, one behind the other', (n) => get('A: b').repeat(n / 36)],
  ['chunks of one byte', (n) => chunked('1\r\nx\r\n'.repeat(n / 6))],
  ['chunks of one byte, with extensions', (n) => chunked('1;a=b\r\nx\r\n'.repeat(n / 10))],
  ['a chunk, extension', (n) => chunked(`1;${'a'.repeat(n)}\r\nx\r\n`)],
  ['a chunk, size', (n) => chunked(`${'0'.repeat(n)}1\r\nx\r\n0\r\n\r\n`)],
  ['a trailer, spaces within', (n) => chunked(`0\r\nA: b${spaces(n)}b\r\n\r\n`)],
  ['a trailer, spaces behind it', (n) => chunked(`0\r\nA: b${spaces(n)}\r\n\r\n`)],
  ['trailers', (n) => chunked(`0\r\n${'A: b\r\n'.repeat(n / 6)}\r\n`)],
  ['a head, byte by byte', (n) => get(`A: ${'b'.repeat(n)}`), 1],
  ['a head of short lines, byte by byte', (n) => get(`A: b${'\r\nA: b'.repeat(n / 6)}`), 1],
  ['a head of short lines, line by line', (n) => get(`A: b${'\r\nA: b'.repeat(n / 6)}`), 6],
  ['a method, byte by byte', (n) => `${'A'.repeat(n)} / HTTP/1.1\r\n`, 1],
  ['a target, byte by byte', (n) => `GET /${'a'.repeat(n)} HTTP/1.1\r\n`, 1],
  ['a body, byte by byte', (n) => `${post(`Content-Length: ${n}`)}${'x'.repeat(n)}`, 1],
  ['chunks of one byte, byte by byte', (n) => chunked('1\r\nx\r\n'.repeat(n / 6)), 1],
  ['a trailer, byte by byte', (n) => chunked(`0\r\nA: ${'b'.repeat(n)}\r\n\r\n`), 1],
  ['a name of a trailer, byte by byte', (n) => chunked(`0\r\n${'A'.repeat(n)}: b\r\n\r\n`), 1],
];

export const hostileRequests: readonly HostileRequest[] = rows.map(([name, make, packet]) =>
  packet === undefined ? { name, make } : { name, make, packet },
);
