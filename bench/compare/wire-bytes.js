// What a front end sends over each wire, as bytes, and where an answer ends.

/** What nginx's own fastcgi_params and scgi_params make of a request. */
function variables({ method, path, headers, body }) {
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

function overHttp({ method, path, headers, body }, keeps) {
  const lines = [
    `${method} ${path} HTTP/1.1`,
    'Host: localhost',
    ...headers.map(([name, value]) => `${name}: ${value}`),
  ];
  if (body.length > 0) lines.push(`Content-Length: ${body.length}`);
  if (!keeps) lines.push('Connection: close');
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body]);
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

function record(type, content) {
  const head = Buffer.alloc(8);
  head[0] = 1;
  head[1] = type;
  head.writeUInt16BE(1, 2);
  head.writeUInt16BE(content.length, 4);
  return Buffer.concat([head, content]);
}

function stream(type, content) {
  const records = [];
  for (let start = 0; start < content.length; start += 65_528) {
    records.push(record(type, content.subarray(start, start + 65_528)));
  }
  return Buffer.concat([...records, record(type, Buffer.alloc(0))]);
}

function size(text) {
  const length = Buffer.byteLength(text);
  if (length < 128) return Buffer.from([length]);
  const long = Buffer.alloc(4);
  long.writeUInt32BE((length | 0x8000_0000) >>> 0);
  return long;
}

function overFcgi(request, keeps) {
  const pairs = variables(request).map(([name, value]) =>
    Buffer.concat([size(name), size(value), Buffer.from(name + value)]),
  );
  const begin = Buffer.from([0, 1, keeps ? 1 : 0, 0, 0, 0, 0, 0]);
  return Buffer.concat([
    record(BEGIN_REQUEST, begin),
    stream(PARAMS, Buffer.concat(pairs)),
    stream(STDIN, request.body),
  ]);
}

function endOfHttp(bytes) {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) return -1;
  const head = bytes.toString('latin1', 0, end);
  const length = /^content-length: *(\d+)/im.exec(head);
  if (length !== null) return bytes.length >= end + 4 + Number(length[1]) ? end + 4 + Number(length[1]) : -1;
  const last = bytes.indexOf('0\r\n\r\n', end + 4);
  return last === -1 ? -1 : last + 5;
}

function endOfFcgi(bytes) {
  for (let at = 0; at + 8 <= bytes.length;) {
    const next = at + 8 + bytes.readUInt16BE(at + 4) + bytes[at + 6];
    if (bytes[at + 1] === END_REQUEST) return bytes.length >= next ? next : -1;
    at = next;
  }
  return -1;
}

/** How a request looks on a wire, and where an answer ends in what has come: -1 when it has not. SCGI's ends with its connection. */
export const WIRES = {
  http: { request: overHttp, end: endOfHttp },
  fcgi: { request: overFcgi, end: endOfFcgi },
  scgi: { request: overScgi, end: () => -1 },
};
