// RFC 3875 §4.1, and what Apache, nginx and lighttpd add to it. The rest of a CGI program's environment is the web
// server's own and no business of an application (R42).
const NAMES: ReadonlySet<string> = new Set([
  'AUTH_TYPE',
  'CONTENT_LENGTH',
  'CONTENT_TYPE',
  'DOCUMENT_ROOT',
  'DOCUMENT_URI',
  'GATEWAY_INTERFACE',
  'HTTPS',
  'PATH_INFO',
  'PATH_TRANSLATED',
  'QUERY_STRING',
  'REMOTE_ADDR',
  'REMOTE_HOST',
  'REMOTE_IDENT',
  'REMOTE_PORT',
  'REMOTE_USER',
  'REQUEST_METHOD',
  'REQUEST_SCHEME',
  'REQUEST_URI',
  'SCRIPT_FILENAME',
  'SCRIPT_NAME',
  'SCRIPT_URI',
  'SCRIPT_URL',
  'SERVER_ADDR',
  'SERVER_ADMIN',
  'SERVER_NAME',
  'SERVER_PORT',
  'SERVER_PROTOCOL',
  'SERVER_SIGNATURE',
  'SERVER_SOFTWARE',
  'UNIQUE_ID',
]);

// Request headers; the original request before an internal redirect; mod_alias and mod_userdir; mod_ssl.
const PREFIXES = /^(?:HTTP|REDIRECT|CONTEXT|SSL)_[A-Z0-9_]+$/;

/** Whether a variable of the environment describes the request. */
export function isMetaVariable(name: string): boolean {
  return NAMES.has(name) || PREFIXES.test(name);
}
