// The parts of a request that bench:micro runs, each with what a browser's small GET gives it.
import { CgiHeadParser, environFromVariables, variablesFromEnviron } from '@tsgi/core/cgi';
import { createErrorStream, emptyInput, environFromHead, Exchange } from '@tsgi/core/server';
import { WIRES } from './compare/wire-bytes.js';

/** What packages keep to themselves; the parts are not to be had otherwise. */
const inside = (file) => import(new URL(`../packages/${file}`, import.meta.url).href);
const { RequestParser } = await inside('http-backend/dist/http1/codec/request-parser.js');
const { loadLlhttp } = await inside('http-backend/dist/http1/codec/llhttp.js');
const { responseHead } = await inside('http-backend/dist/http1/codec/response-head.js');
const { defaultLimits } = await inside('http-backend/dist/server/limits.js');
const { RequestDecoder } = await inside('fcgi-backend/dist/codec/request-decoder.js');
const { encodeReply } = await inside('fcgi-backend/dist/codec/record-encoder.js');
const { encodeRequestHead } = await inside('fcgi-backend/dist/codec/request-encoder.js');
const { ScgiHeaderDecoder } = await inside('scgi-backend/dist/codec/header-decoder.js');
const { encodeScgiHeader } = await inside('scgi-backend/dist/codec/header-encoder.js');

const HEADERS = [
  ['User-Agent', 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0'],
  ['Accept', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'],
  ['Accept-Language', 'en-US,en;q=0.5'],
  ['Accept-Encoding', 'gzip, deflate, br'],
  ['Cookie', 'session=0123456789abcdef; theme=dark'],
  ['Sec-Fetch-Mode', 'navigate'],
];
const NOTHING = Buffer.alloc(0);
const REQUEST = { method: 'GET', path: '/articles/42', headers: HEADERS, body: NOTHING };
const BODY = Buffer.from('Hello, world!');

function once(part) {
  let found;
  part((value) => (found = value));
  return found;
}

const http = WIRES.http.request(REQUEST, true);
loadLlhttp();
const parser = new RequestParser(defaultLimits);
const parsed = () => {
  parser.receive(http, true);
  const head = parser.next();
  while (parser.next() !== undefined);
  return head;
};
const head = parsed();

const fcgi = WIRES.fcgi.request(REQUEST, true);
let told = () => {};
const ignored = () => {};
const decoder = new RequestDecoder({
  begin: (requestId) => requestId,
  params: (_request, variables) => told(variables),
  paramsRefused: ignored,
  stdin: ignored,
  stdinEnd: ignored,
  data: ignored,
  dataEnd: ignored,
  abort: ignored,
  getValues: ignored,
  unknownType: ignored,
});
const decoded = () => {
  decoder.push(fcgi);
  decoder.release(1);
};
const variables = once((tell) => {
  told = tell;
  decoded();
});
told = ignored;

const scgi = WIRES.scgi.request(REQUEST);
const errors = createErrorStream(ignored);
const traits = {
  multithread: false,
  multiprocess: false,
  runOnce: false,
  concurrent: true,
  serverSoftware: 'TSGI',
  errors,
  earlyHints: true,
};
const connection = {
  scheme: 'http',
  serverName: 'localhost',
  serverPort: '80',
  remoteAddress: '127.0.0.1',
  remotePort: '52000',
};

const ANSWER_HEADERS = [['Content-Type', 'text/plain']];
function app(_environ, startResponse) {
  startResponse('200 OK', ANSWER_HEADERS);
  return [BODY];
}
let answer;
const writer = {
  writeHead(head) {
    answer = head;
    return true;
  },
  write: () => true,
  end: ignored,
  abort: ignored,
  onDrain: ignored,
  finished: ignored,
};
const environ = environFromHead(head, connection, traits);
environ['tsgi.input'] = emptyInput;
const run = () => new Exchange(app, environ, writer).run();
run();
const CGI_HEAD = Buffer.from(
  'Status: 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nCache-Control: no-cache\r\nSet-Cookie: a=b\r\n\r\n',
);
const NO_ERRORS = { usedStderr: false, appStatus: 0 };
const cgiHead = `Status: 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${BODY.length}\r\n\r\n`;

/** By name; each is called with nothing. */
export const PARTS = {
  'HTTP: a request is parsed': parsed,
  'HTTP: an environ of it': () => environFromHead(head, connection, traits),
  'HTTP: the head of an answer': () =>
    responseHead(answer, 'Mon, 30 Nov 2026 12:00:00 GMT', 'Server: TSGI\r\n', 'Connection: keep-alive\r\n'),
  'FastCGI: a request is decoded': decoded,
  'FastCGI: an answer is encoded': () => encodeReply(1, cgiHead, BODY, NO_ERRORS),
  'SCGI: a request is decoded': () => new ScgiHeaderDecoder().push(scgi),
  'FastCGI, SCGI, CGI: an environ of variables': () => environFromVariables(variables, traits),
  'the run loop: an application that returns an array': run,
  'gateway: variables of an environ': () => variablesFromEnviron(environ),
  'gateway: a FastCGI request is encoded': () => encodeRequestHead(variables, true, false),
  'gateway: an SCGI request is encoded': () => encodeScgiHeader(variables, 0),
  'gateway: the head of a CGI answer is parsed': () => new CgiHeadParser().push(CGI_HEAD),
};
