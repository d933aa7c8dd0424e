// The one list of requests that every front end gets, and what the application, or the client, sees of each where the front end
// changes nothing. `scripts/generate-front-ends.mjs` writes it into docs/deploy/front-ends.md; ask.ts sends it.

/**
 * @typedef {object} Request
 * @property {string} sent what the client does, for the page
 * @property {string} seen what comes of it where nothing stands between
 */

/** @satisfies {Record<string, Request>} */
export const requests = {
  root: { sent: '`GET /`', seen: 'SCRIPT_NAME "", PATH_INFO "/"' },
  path: { sent: '`GET /a%20b/%C3%A9`', seen: 'PATH_INFO "/a b/é"' },
  'encoded slash': { sent: '`GET /a%2Fb`', seen: 'PATH_INFO "/a/b"' },
  'double slash': { sent: '`GET /a//b`', seen: 'PATH_INFO "/a//b"' },
  'dot segments': { sent: '`GET /a/../b/./c`', seen: 'PATH_INFO "/a/../b/./c"' },
  'encoded dots': { sent: '`GET /a/%2e%2e/b`', seen: 'PATH_INFO "/a/../b"' },
  NUL: { sent: '`GET /a%00b`', seen: 'PATH_INFO "/a\\u0000b"' },
  'raw target': { sent: '`GET /a%20b/%c3%A9?c=%2f`', seen: 'REQUEST_URI "/a%20b/%c3%A9?c=%2f"' },
  query: { sent: '`GET /?x=1&y=%20?z`', seen: 'QUERY_STRING "x=1&y=%20?z"' },
  'empty query': { sent: '`GET /?`', seen: 'QUERY_STRING "", REQUEST_URI "/?"' },
  headers: { sent: '`X-One: 1`, and twice `X-Two`: `a`, `b`', seen: 'HTTP_X_ONE "1", HTTP_X_TWO "a, b"' },
  'header of bytes': { sent: '`X-Name: José` in UTF-8', seen: 'HTTP_X_NAME "José"' },
  'forged headers': {
    sent: '`Proxy: http://evil` and `Remote_User: root`',
    seen: 'none of HTTP_PROXY, HTTP_REMOTE_USER',
  },
  authorization: { sent: '`Authorization: Bearer abc`', seen: 'HTTP_AUTHORIZATION "Bearer abc"' },
  'request cookies': { sent: 'twice `Cookie`: `a=1`, `b=2`', seen: 'HTTP_COOKIE "a=1; b=2"' },
  host: { sent: '`Host: example.org:8080`', seen: 'HTTP_HOST "example.org:8080"' },
  'who asks': {
    sent: '`X-Forwarded-For: 6.6.6.6`, `X-Forwarded-Proto: https`, `Forwarded: for=6.6.6.6`',
    seen: 'REMOTE_ADDR "127.0.0.2", http',
  },
  https: { sent: 'over TLS', seen: 'https' },
  POST: { sent: '`POST` of 11 bytes with a Content-Type', seen: '"hello world", text/x-own' },
  'chunked POST': { sent: '`POST` with `Transfer-Encoding: chunked`', seen: '"hello world", text/x-own' },
  'upload of 1 MiB': { sent: '`PUT` with its length', seen: 'all of it' },
  'chunked upload of 1 MiB': { sent: '`PUT` without a length', seen: 'all of it' },
  'answer while reading': { sent: '`POST` of 16 KiB, sent back as it comes', seen: 'all of it' },
  'too large': { sent: '`POST` that says `Content-Length: 104857601`', seen: '413' },
  'Expect: 100-continue': { sent: '`POST` that waits for 100', seen: '100, then 200' },
  'download of 1 MiB': { sent: '`GET`, the answer with a length', seen: 'all of it, with its length' },
  HEAD: { sent: '`HEAD` of that', seen: '200, Content-Length 1048576, no body' },
  304: { sent: '`If-None-Match` that holds', seen: '304, ETag "v1", no body' },
  204: { sent: '`GET`, the answer 204', seen: '204, no body' },
  'answer cookies': { sent: '`GET`, the answer sets two cookies', seen: 'two Set-Cookie' },
  'reason phrase': { sent: "`GET`, the answer `418 I'm a teapot`", seen: "418 I'm a teapot, with its body" },
  'large request head': { sent: 'a header of 6,000 bytes', seen: 'all 6,000 bytes' },
  'huge request head': { sent: 'a header of 70,000 bytes', seen: 'refused with 431' },
  'large answer head': { sent: '`GET`, a header of the answer has 6,000 bytes', seen: 'all 6,000 bytes' },
  error: { sent: '`GET`, the application throws', seen: '500 of the application’s server, no secret' },
  'replaced head': {
    sent: '`GET`, the application fails and says so in a second head',
    seen: '503, nothing of the first head',
  },
  'error behind the head': { sent: '`GET`, it throws when half is sent', seen: 'cut' },
  'too few bytes': { sent: '`GET`, less than its Content-Length comes', seen: 'cut' },
  'first byte': { sent: '`GET`, the answer pauses behind its first bytes', seen: 'at once' },
  'client leaves a stream': { sent: 'the client leaves while bytes come', seen: 'the application is told' },
  'client leaves a silence': { sent: 'the client leaves before the answer begins', seen: 'the application is told' },
  'unknown method': { sent: '`BREW /`', seen: 'REQUEST_METHOD "BREW"' },
  'kept connection': { sent: 'two requests, one after the other', seen: 'one connection of the client' },
  WebSocket: { sent: '`Upgrade: websocket`', seen: '101, bytes both ways' },
};
