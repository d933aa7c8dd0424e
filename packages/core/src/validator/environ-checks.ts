import { HOST, isAuthority } from '../environ/host.ts';
import { BEYOND_BYTES, DIGITS, isHopByHop, TOKEN } from '../environ/tokens.ts';
import { found, quoted } from './found.ts';
import type { Reporter } from './reporter.ts';
import type { EnvironUnderCheck } from './environ-under-check.ts';
import { checkPath } from './path-checks.ts';

/** R21: what every environ has; the design's table, without its optional keys. */
const REQUIRED: readonly string[] = [
  'REQUEST_METHOD',
  'SCRIPT_NAME',
  'PATH_INFO',
  'QUERY_STRING',
  'REQUEST_URI',
  'SERVER_NAME',
  'SERVER_PORT',
  'SERVER_PROTOCOL',
  'tsgi.version',
  'tsgi.url_scheme',
  'tsgi.input',
  'tsgi.input_terminated',
  'tsgi.errors',
  'tsgi.multithread',
  'tsgi.multiprocess',
  'tsgi.run_once',
  'tsgi.concurrent',
  'tsgi.signal',
  'tsgi.after_response',
  'tsgi.has_body',
];

/** R22: the `tsgi.` keys that a server may add. */
const OPTIONAL: ReadonlySet<string> = new Set([
  ...REQUIRED,
  'tsgi.file_wrapper',
  'tsgi.early_hints',
  'tsgi.send_head',
  'tsgi.upgrade',
  'tsgi.trailers',
  'tsgi.fcgi_role',
  'tsgi.fcgi_data',
]);

/** R34: variables that a server leaves out when it has no value for them. A header may well be empty. */
const NEVER_EMPTY: ReadonlySet<string> = new Set([
  'AUTH_TYPE',
  'REMOTE_ADDR',
  'REMOTE_HOST',
  'REMOTE_IDENT',
  'REMOTE_USER',
]);

/** R38: these reach an application that can take the connection over. */
const UPGRADE_KEYS: ReadonlySet<string> = new Set(['HTTP_CONNECTION', 'HTTP_UPGRADE']);

const PROTOCOL = /^HTTP\/\d(?:\.\d)?$/;

function checkObject(environ: object, reporter: Reporter): void {
  if (Array.isArray(environ) || environ instanceof Map) {
    reporter.error('R20', 'server', `environ is ${found(environ)}: expected an object of keys and values`);
  } else if (environ instanceof Object) {
    reporter.error(
      'R20',
      'server',
      'environ inherits from Object.prototype, so that names such as constructor are there in every request: expected no prototype; copy it with copyEnviron, not by spreading',
    );
  }
  if (!Object.isExtensible(environ)) {
    reporter.error('R20', 'server', 'environ cannot be extended: expected an object that the application may change');
  }
  const [symbol] = Object.getOwnPropertySymbols(environ);
  if (symbol !== undefined) {
    reporter.error(
      'R20',
      'server',
      `environ has the key ${String(symbol)}: expected strings alone; name it with a dot, as in 'example.session'`,
    );
  }
}

function checkKey(check: EnvironUnderCheck, key: string): void {
  if (key.includes('.')) {
    if (key.startsWith('tsgi.') ? !OPTIONAL.has(key) : key !== key.toLowerCase() || key.startsWith('.')) {
      const why = key.startsWith('tsgi.')
        ? 'no such key is specified, and tsgi. is reserved; use a prefix of your own'
        : 'expected a prefix and lower case';
      check.suspicion('R22', `environ has the key ${quoted(key)}: ${why}`);
    }
    return;
  }
  const value = check.environ[key];
  if (typeof value !== 'string') {
    check.fault(
      'R22',
      `${key} is ${found(value)}: expected a string, as of every key without a dot${value === undefined ? '; delete the key' : ''}`,
    );
    return;
  }
  if (BEYOND_BYTES.test(value)) {
    check.fault(
      'R23',
      `${key} is ${quoted(value)}, with a character above U+00FF: expected a byte string; encode text with textToByteString`,
    );
  }
  if (key.startsWith('HTTP_')) checkHeaderKey(check, key, value);
  else if (value === '' && NEVER_EMPTY.has(key)) {
    check.fault('R34', `${key} is empty: expected no such key where there is no value`);
  }
}

function checkHeaderKey(check: EnvironUnderCheck, key: string, value: string): void {
  const header = key.slice(5).toLowerCase().replaceAll('_', '-');
  if (header === 'content-type' || header === 'content-length') {
    check.fault('R24', `environ has ${key}: expected ${key.slice(5)}`);
  } else if (header === 'proxy') {
    check.fault(
      'R36',
      'environ has HTTP_PROXY, which HTTP clients take for a setting (httpoxy): expected the Proxy header to be dropped',
    );
  } else if (isHopByHop(header) && !(UPGRADE_KEYS.has(key) && 'tsgi.upgrade' in check.environ)) {
    check.fault(
      'R38',
      `environ has ${key}: the header belongs to the connection, which is the server's; expected it to be dropped`,
    );
  } else if (key === 'HTTP_HOST' && value !== '' && !isAuthority(value)) {
    check.suspicion('R32', `HTTP_HOST is ${quoted(value)}: expected a host, and a port if there is one`);
  }
}

function isLength(length: string | undefined): length is string {
  return length !== undefined && DIGITS.test(length) && Number.isSafeInteger(Number(length));
}

function checkRequestLine(check: EnvironUnderCheck): void {
  const method = check.text('REQUEST_METHOD');
  if (method !== undefined && !TOKEN.test(method)) {
    check.fault('R25', `REQUEST_METHOD is ${quoted(method)}: expected a token, such as GET or M-SEARCH`);
  }
  const protocol = check.text('SERVER_PROTOCOL');
  if (protocol !== undefined && !PROTOCOL.test(protocol)) {
    check.fault('R33', `SERVER_PROTOCOL is ${quoted(protocol)}: expected HTTP/1.1 and the like`);
  }
  const length = check.text('CONTENT_LENGTH');
  if (length !== undefined && length !== '' && !isLength(length)) {
    check.fault('R31', `CONTENT_LENGTH is ${quoted(length)}: expected decimal digits, or no such key`);
  }
  const name = check.text('SERVER_NAME');
  if (name !== undefined && !HOST.test(name)) {
    check.fault('R32', `SERVER_NAME is ${quoted(name)}: expected a host without its port, IPv6 in brackets`);
  }
  const port = check.text('SERVER_PORT');
  if (port !== undefined && !DIGITS.test(port)) {
    check.fault('R32', `SERVER_PORT is ${quoted(port)}: expected decimal digits; where there is no port, 80 or 443`);
  }
}

function checkVersion(check: EnvironUnderCheck): void {
  const version = check.environ['tsgi.version'];
  if (!Array.isArray(version) || version.length !== 2 || version[0] !== 1 || version[1] !== 0) {
    check.fault(
      'R40',
      `tsgi.version is ${Array.isArray(version) ? `[${String(version)}]` : found(version)}: expected [1, 0]`,
    );
  }
}

function checkScheme(check: EnvironUnderCheck): void {
  const scheme = check.environ['tsgi.url_scheme'];
  if (scheme !== 'http' && scheme !== 'https') {
    check.fault('R39', `tsgi.url_scheme is ${found(scheme)}: expected 'http' or 'https'`);
  } else if (scheme === 'http' && /^(?:on|1|yes)$/i.test(check.text('HTTPS') ?? '')) {
    check.fault('R39', "tsgi.url_scheme is 'http' and HTTPS is on: expected 'https'");
  }
}

function lacking(value: unknown, methods: readonly (string | symbol)[]): string | undefined {
  const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function';
  const missing = methods.find((method) => !isObject || typeof Reflect.get(value, method) !== 'function');
  return missing === undefined ? undefined : String(missing);
}

function checkMethods(
  check: EnvironUnderCheck,
  rule: string,
  key: string,
  methods: readonly (string | symbol)[],
): void {
  const value = check.environ[key];
  const missing = lacking(value, methods);
  if (missing !== undefined) {
    check.fault(rule, `${key} is ${found(value)} without ${missing}: expected ${methods.map(String).join(', ')}`);
  }
}

// What is missing is reported once, as missing (R21).
const CHECKS: readonly [key: string, check: (check: EnvironUnderCheck) => void][] = [
  ['tsgi.version', checkVersion],
  ['tsgi.url_scheme', checkScheme],
  [
    'tsgi.input',
    (check) => checkMethods(check, 'R43', 'tsgi.input', ['read', 'readline', 'readlines', Symbol.asyncIterator]),
  ],
  ['tsgi.errors', (check) => checkMethods(check, 'R55', 'tsgi.errors', ['write', 'writelines', 'flush'])],
  ['tsgi.input_terminated', checkTerminated],
  ['tsgi.multithread', (check) => checkBoolean(check, 'tsgi.multithread')],
  ['tsgi.multiprocess', (check) => checkBoolean(check, 'tsgi.multiprocess')],
  ['tsgi.run_once', (check) => checkBoolean(check, 'tsgi.run_once')],
  ['tsgi.concurrent', (check) => checkBoolean(check, 'tsgi.concurrent')],
  ['tsgi.file_wrapper', (check) => checkFunction(check, 'R88', 'tsgi.file_wrapper')],
  ['tsgi.early_hints', (check) => checkFunction(check, 'R67', 'tsgi.early_hints')],
  ['tsgi.send_head', (check) => checkFunction(check, 'R103', 'tsgi.send_head')],
  ['tsgi.has_body', checkHasBody],
  ['tsgi.signal', checkSignal],
];

function checkTerminated(check: EnvironUnderCheck): void {
  const value = check.environ['tsgi.input_terminated'];
  if (value !== true) {
    check.fault('R50', `tsgi.input_terminated is ${found(value)}: expected true, for the input ends by itself`);
  }
}

function checkBoolean(check: EnvironUnderCheck, key: string): void {
  const value = check.environ[key];
  if (typeof value !== 'boolean') check.fault('R41', `${key} is ${found(value)}: expected true or false`);
}

function checkFunction(check: EnvironUnderCheck, rule: string, key: string): void {
  const value = check.environ[key];
  if (typeof value !== 'function') {
    check.fault(rule, `${key} is ${found(value)}: expected a function, or no such key`);
  }
}

function checkHasBody(check: EnvironUnderCheck): void {
  const value = check.environ['tsgi.has_body'];
  const length = check.text('CONTENT_LENGTH');
  if (typeof value !== 'boolean') {
    check.fault('R104', `tsgi.has_body is ${found(value)}: expected true or false`);
  } else if (!value && isLength(length) && Number(length) > 0) {
    check.fault('R104', `tsgi.has_body is false and CONTENT_LENGTH is ${quoted(length)}: expected true`);
  } else if (value && length === '0') {
    check.fault('R104', "tsgi.has_body is true and CONTENT_LENGTH is '0': expected false");
  }
}

/** R18. An accessor is left alone: making a signal costs, and most applications never ask for it. */
function checkSignal(check: EnvironUnderCheck): void {
  const own = Object.getOwnPropertyDescriptor(check.environ, 'tsgi.signal');
  if (own === undefined || own.get !== undefined) return;
  const signal: unknown = own.value;
  if (lacking(signal, ['addEventListener', 'throwIfAborted']) !== undefined) {
    check.fault('R18', `tsgi.signal is ${found(signal)}: expected an AbortSignal`);
  }
}

/** Checks what the server hands over (R18 to R43, R50, R55, R67, R88, R103, R104). */
export function checkEnviron(environ: Readonly<Record<string, unknown>>, reporter: Reporter): void {
  checkObject(environ, reporter);
  const check: EnvironUnderCheck = {
    environ,
    text(key) {
      const value = environ[key];
      return typeof value === 'string' ? value : undefined;
    },
    fault: (rule, message) => reporter.error(rule, 'server', message),
    suspicion: (rule, message) => reporter.warning(rule, 'server', message),
  };
  for (const key of REQUIRED) {
    if (!(key in environ)) check.fault('R21', `environ has no ${key}: expected it in every request`);
  }
  for (const key of Object.keys(environ)) checkKey(check, key);
  checkRequestLine(check);
  checkPath(check);
  for (const [key, checkValue] of CHECKS) if (key in environ) checkValue(check);
}
