import { readFileSync, readdirSync } from 'node:fs';
import { extname } from 'node:path';

const FOLDER = new URL('public/', import.meta.url);

/** @type {Record<string, string>} */
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Nothing on the page comes from elsewhere, and nothing that a visitor sends can become a script. */
const POLICY = ["default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'"];
POLICY.push("base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'");

/** Few and small: read once. A path is looked up among them and never becomes a file name. */
const files = new Map(
  readdirSync(FOLDER).map((name) => [
    `/${name}`,
    { type: TYPES[extname(name)] ?? 'application/octet-stream', bytes: readFileSync(new URL(name, FOLDER)) },
  ]),
);
const page = files.get('/page.html');
if (page !== undefined) files.set('/', page);

/** @type {import('@tsgi/core').App} */
export function staticFiles(environ, startResponse) {
  const file = files.get(environ.PATH_INFO);
  const allowed = environ.REQUEST_METHOD === 'GET' || environ.REQUEST_METHOD === 'HEAD';
  if (file !== undefined && allowed) {
    startResponse('200 OK', [
      ['Content-Type', file.type],
      ['Content-Length', String(file.bytes.length)],
      ['Content-Security-Policy', POLICY.join('; ')],
      ['X-Content-Type-Options', 'nosniff'],
      ['Cache-Control', 'no-cache'],
    ]);
    return [file.bytes];
  }
  const [status, text] =
    file === undefined ? ['404 Not Found', 'There is only / here.'] : ['405 Method Not Allowed', 'Only GET and HEAD.'];
  startResponse(status, [
    ['Content-Type', 'text/plain; charset=utf-8'],
    ...(file === undefined ? [] : [/** @type {import('@tsgi/core').Header} */ (['Allow', 'GET, HEAD'])]),
  ]);
  return [new TextEncoder().encode(`${text}\n`)];
}
