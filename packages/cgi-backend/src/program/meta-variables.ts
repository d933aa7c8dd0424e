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
const PREFIXES: readonly string[] = ['HTTP_', 'REDIRECT_', 'CONTEXT_', 'SSL_'];

/** Whether a variable of the environment describes the request. */
export function isMetaVariable(name: string): boolean {
  if (NAMES.has(name)) return true;
  const prefix = PREFIXES.find((start) => name.startsWith(start));
  return prefix !== undefined && isOfCapitals(name, prefix.length);
}

/** Whether there are capitals, digits and underscores from there on, and one at least. A pattern would be compiled for one request. */
function isOfCapitals(name: string, from: number): boolean {
  for (let index = from; index < name.length; index++) {
    const code = name.charCodeAt(index);
    const isCapital = code >= 0x41 && code <= 0x5a;
    if (!isCapital && !(code >= 0x30 && code <= 0x39) && code !== 0x5f) return false;
  }
  return name.length > from;
}
