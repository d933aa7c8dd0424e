/**
 * Decides whether a request may go on, for a web server that asks first: nginx with `auth_request`, Caddy with `forward_auth`, and
 * lighttpd and Apache over FastCGI, as an Authorizer. Any 200 lets the request through, every other answer goes to the client.
 *
 * @type {import('@tsgi/core').App}
 */
export default function authorizer(environ, startResponse) {
  const user = userOf(environ.HTTP_COOKIE ?? '');
  if (user === undefined) {
    startResponse('403 Forbidden', [['Content-Type', 'text/plain; charset=utf-8']]);
    return [new TextEncoder().encode('Who are you?\n')];
  }
  // An Authorizer's `Variable-NAME` becomes the variable NAME of the request (FastCGI 1.0, 6.3); X-User is for the others.
  const name = environ['tsgi.fcgi_role'] === 'AUTHORIZER' ? 'Variable-REMOTE_USER' : 'X-User';
  startResponse('200 OK', [[name, user]]);
  return [];
}

/** Stands in for a lookup of your sessions: the token is not guessable there. */
function userOf(cookies) {
  const session = /(?:^|; *)session=([a-z]+)-secret(?:;|$)/.exec(cookies);
  return session?.[1];
}
