// What a front end sends over each wire, as bytes, and where an answer ends.
import { fileURLToPath } from 'node:url';

/** What php-fpm runs; the others have one variable more. */
const SCRIPT = fileURLToPath(new URL('../servers/hello.php', import.meta.url));

/** What nginx's own fastcgi_params and scgi_params make of a request. */
function variables({ method, path, headers = [], body }) {
  return [
    ['CONTENT_LENGTH', String(body.length)],
    ['QUERY_STRING', ''],
    ['REQUEST_METHOD', method],
    ['CONTENT_TYPE', body.length > 0 ? 'application/octet-stream' : ''],
    ['SCRIPT_NAME', ''],
    ['PATH_INFO', path],
    ['REQUEST_URI', path],
    ['DOCUMENT_URI', path],
    ['DOCUMENT_ROOT', '/usr/share/nginx/html'],
    ['SERVER_PROTOCOL', 'HTTP/1.1'],
    ['REQUEST_SCHEME', 'http'],
    ['GATEWAY_INTERFACE', 'CGI/1.1'],
    ['SERVER_SOFTWARE', 'nginx/1.22.1'],
    ['REMOTE_ADDR', '127.0.0.1'],
    ['REMOTE_PORT', '52000'],
    ['SERVER_ADDR', '127.0.0.1'],
    ['SERVER_PORT', '80'],
    ['SERVER_NAME', 'localhost'],
    ['HTTP_HOST', 'localhost'],
    ...headers.map(([name, value]) => [`HTTP_${name.toUpperCase().replaceAll('-', '_')}`, value]),
  ];
}

/** @param length of the body; undefined: chunks of unknown number. */
function headOfHttp({ method, path, headers = [] }, keeps, length) {
  const lines = [
    `${method} ${path} HTTP/1.1`,
    'Host: localhost',
    ...headers.map(([name, value]) => `${name}: ${value}`),
  ];
  if (length === undefined) lines.push('Transfer-Encoding: chunked');
  else if (length > 0) lines.push(`Content-Length: ${length}`);
  if (!keeps) lines.push('Connection: close');
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
}

function overHttp(request, keeps) {
  return Buffer.concat([headOfHttp(request, keeps, request.body.length), request.body]);
}

function overScgi(request) {
  const [length, ...rest] = variables(request);
  const text = [length, ['SCGI', '1'], ...rest].map(([name, value]) => `${name}\0${value}\0`).join('');
  return Buffer.concat([Buffer.from(`${Buffer.byteLength(text)}:${text},`), request.body]);
}

const BEGIN_REQUEST = 1;
const END_REQUEST = 3;
const PARAMS = 4;
const STDIN = 5;

function record(type, content, id) {
  const head = Buffer.alloc(8);
  head[0] = 1;
  head[1] = type;
  head.writeUInt16BE(id, 2);
  head.writeUInt16BE(content.length, 4);
  return Buffer.concat([head, content]);
}

function stream(type, content, id) {
  const records = [];
  for (let start = 0; start < content.length; start += 65_528) {
    records.push(record(type, content.subarray(start, start + 65_528), id));
  }
  return Buffer.concat([...records, record(type, Buffer.alloc(0), id)]);
}

function size(text) {
  const length = Buffer.byteLength(text);
  if (length < 128) return Buffer.from([length]);
  const long = Buffer.alloc(4);
  long.writeUInt32BE((length | 0x8000_0000) >>> 0);
  return long;
}

function overFcgi(request, keeps, id = 1) {
  const named = [...variables(request), ['SCRIPT_FILENAME', SCRIPT]];
  const pairs = named.map(([name, value]) => Buffer.concat([size(name), size(value), Buffer.from(name + value)]));
  const begin = Buffer.from([0, 1, keeps ? 1 : 0, 0, 0, 0, 0, 0]);
  return Buffer.concat([
    record(BEGIN_REQUEST, begin, id),
    stream(PARAMS, Buffer.concat(pairs), id),
    stream(STDIN, request.body, id),
  ]);
}

/** What a beginning of an answer says: nothing yet, its length, or how one sees its end. */
function answerOfHttp(bytes) {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const head = bytes.toString('latin1', 0, end);
  const length = /^content-length: *(\d+)/im.exec(head);
  if (length !== null) return { length: end + 4 + Number(length[1]) };
  return { length: undefined, isEnded: (chunk) => chunk.toString('latin1').endsWith('0\r\n\r\n') };
}

/** Walks over whole records. @param ended takes the ids of requests that have ended. @returns what is left. */
function walk(bytes, ended) {
  let at = 0;
  while (at + 8 <= bytes.length) {
    const next = at + 8 + bytes.readUInt16BE(at + 4) + bytes[at + 6];
    if (next > bytes.length) break;
    if (bytes[at + 1] === END_REQUEST) ended.push(bytes.readUInt16BE(at + 2));
    at = next;
  }
  return bytes.subarray(at);
}

function answerOfFcgi(bytes) {
  const ended = [];
  const rest = walk(bytes, ended);
  return ended.length > 0 ? { length: bytes.length - rest.length } : undefined;
}

/** How a request looks on a wire, and what is known of an answer that has begun. SCGI's ends with its connection. */
export const WIRES = {
  http: {
    request: overHttp,
    head: (request, keeps) => headOfHttp(request, keeps, request.isChunked ? undefined : request.bodySize),
    answer: answerOfHttp,
  },
  fcgi: { request: overFcgi, answer: answerOfFcgi, walk },
  scgi: { request: overScgi, answer: () => undefined },
};
