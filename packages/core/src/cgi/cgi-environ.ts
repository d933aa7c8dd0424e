import type { Environ } from '../contract/contract.ts';
import { blankEnviron, type ServerTraits } from '../environ/environ.ts';
import { TsgiError } from '../contract/errors.ts';
import { type Authority, parseAuthority } from '../environ/host.ts';
import { guessScheme } from '../wsgi/guess-scheme.ts';
import { percentDecode, percentEncode } from '../environ/percent-encoding.ts';
import { mountAt, normalisePath } from '../environ/script-name.ts';
import { TOKEN } from '../environ/tokens.ts';
import { cgiVariable, checkContentLength } from '../environ/variables.ts';

/** Where one wire of the CGI family differs from another. */
export interface VariablesOptions {
  /** FastCGI: a `CONTENT_LENGTH` of `-1` says that the length is not known. Default: it is malformed. */
  minusOneIsUnknown?: boolean;
}

const PROTOCOL = /^HTTP\/\d(?:\.\d)?$/;
const LINE_BREAKS = /[\0\r\n]/;

const DEFAULT_PORT = { http: '80', https: '443' } as const;

function refuse(code: string, rule: string, message: string): TsgiError {
  return new TsgiError(message, { code, side: 'peer', rule });
}

function assign(environ: Environ, variables: readonly string[]): void {
  for (let index = 0; index + 1 < variables.length; index += 2) {
    const value = variables[index + 1] ?? '';
    const { name, role, isRequired } = cgiVariable(variables[index] ?? '');
    if (role === 'drop') continue;
    if (role === 'last') {
      // nginx sends a variable again that its configuration sets again: the last one is meant, an empty one too. R34:
      // unset and empty are one to CGI (RFC 3875 §4.1).
      if (value !== '' || isRequired) environ[name] = value;
      else if (environ[name] !== undefined) delete environ[name];
      continue;
    }
    const known = environ[name];
    if (role === 'refuse') {
      if (value === '' && name !== 'HTTP_HOST') continue;
      // nginx sends what its configuration includes twice twice: only two that differ leave a doubt.
      if (known !== undefined && known !== value) {
        throw refuse('REPEATED_VARIABLE', 'R37', `${name} came more than once, with different values: expected one`);
      }
      environ[name] = value;
    } else environ[name] = known === undefined ? value : `${String(known)}${role}${value}`;
    if (LINE_BREAKS.test(value)) {
      throw refuse(
        'BAD_VARIABLE',
        'R23',
        `${JSON.stringify(name.slice(0, 40))} holds a line break or NUL: no header can`,
      );
    }
  }
}

function checkMethodAndProtocol(environ: Environ): void {
  const { REQUEST_METHOD: method, SERVER_PROTOCOL: protocol } = environ;
  if (method !== 'GET' && !TOKEN.test(method)) {
    throw refuse('BAD_METHOD', 'R25', `REQUEST_METHOD ${JSON.stringify(method.slice(0, 40))}: expected a token`);
  }
  // R33: a server-side include has no request of its own; and some front ends leave the protocol out.
  if (protocol === '' || protocol === 'INCLUDED') environ.SERVER_PROTOCOL = 'HTTP/1.0';
  else if (protocol !== 'HTTP/1.1' && !PROTOCOL.test(protocol)) {
    throw refuse('BAD_PROTOCOL', 'R33', `SERVER_PROTOCOL ${JSON.stringify(protocol.slice(0, 40))}: expected HTTP/d.d`);
  }
}

function names(variables: readonly string[], name: string): boolean {
  for (let index = 0; index < variables.length; index += 2) if (variables[index] === name) return true;
  return false;
}

function locate(environ: Environ, variables: readonly string[], scriptName: string | undefined): void {
  const hasPath = environ.SCRIPT_NAME !== '' || environ.PATH_INFO !== '';
  const uri = environ.REQUEST_URI;
  const mark = uri.indexOf('?');
  if (uri !== '') {
    // A front end that rewrote the query away says so with an empty one.
    if (mark !== -1 && environ.QUERY_STRING === '' && !names(variables, 'QUERY_STRING'))
      environ.QUERY_STRING = uri.slice(mark + 1);
    // R30: the mark itself is no part of it, whatever the front end thinks.
    else if (environ.QUERY_STRING.startsWith('?') && environ.QUERY_STRING === (mark === -1 ? '?' : uri.slice(mark)))
      environ.QUERY_STRING = environ.QUERY_STRING.slice(1);
    // An absolute form keeps its authority out of the path (RFC 9112 §3.2.2).
    if (scriptName !== undefined || !hasPath) {
      const path = percentDecode((mark === -1 ? uri : uri.slice(0, mark)).replace(/^https?:\/\/[^/]*/i, ''));
      // nginx's own scgi_params name neither SCRIPT_NAME nor PATH_INFO.
      if (scriptName === undefined) environ.PATH_INFO = path;
      else mountAt(environ, scriptName, path);
    }
  } else if (scriptName !== undefined) mountAt(environ, scriptName, environ.SCRIPT_NAME + environ.PATH_INFO);
  normalisePath(environ);
  if (uri === '') {
    const path = percentEncode(environ.SCRIPT_NAME + environ.PATH_INFO, "/!$&'()*+,;=:@");
    environ.REQUEST_URI = environ.QUERY_STRING === '' ? path : `${path}?${environ.QUERY_STRING}`;
  }
}

/**
 * Most servers' names: an expression with parts costs several times as much. Walked: for a program that starts for one request a
 * pattern would have to be compiled first.
 */
function isPlainHost(name: string): boolean {
  for (let index = 0; index < name.length; index++) {
    const code = name.charCodeAt(index);
    const isLetter = (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
    if (!isLetter && !isDigit(code) && code !== 0x2d && code !== 0x2e) return false;
  }
  return name !== '';
}

function isPort(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (!isDigit(text.charCodeAt(index))) return false;
  return text !== '';
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** R32: a host without its port, and a port of digits, whatever the front end left out. */
function nameServer(environ: Environ): void {
  const sent = environ.SERVER_NAME;
  const hasPort = isPort(environ.SERVER_PORT);
  if (hasPort && isPlainHost(sent)) return;
  const asked = parseAuthority(environ.HTTP_HOST ?? '');
  const named = sent === '' ? asked : (parseAuthority(sent) ?? bracketed(sent) ?? asked);
  environ.SERVER_NAME = named?.host ?? 'localhost';
  if (!hasPort) environ.SERVER_PORT = named?.port || asked?.port || DEFAULT_PORT[environ['tsgi.url_scheme']];
}

/** Some front ends give an IPv6 address without its brackets. */
function bracketed(name: string): Authority | undefined {
  return name.includes(':') ? parseAuthority(`[${name}]`) : undefined;
}

/**
 * The environ of a request that came as meta-variables: over CGI, FastCGI or SCGI (RFC 3875 §4.1).
 *
 * @param variables names and values alternate, in wire order: byte strings.
 * @throws TsgiError (400) for a request that no front end should have sent: no method (R25), a bad `SERVER_PROTOCOL`
 *   (R33), a bad `CONTENT_LENGTH` (R31), or two that differ (R37).
 */
export function environFromVariables(
  variables: readonly string[],
  traits: ServerTraits,
  options: VariablesOptions = {},
): Environ {
  const environ = blankEnviron(traits);
  assign(environ, variables);
  checkMethodAndProtocol(environ);
  if (environ.HTTPS !== undefined) environ['tsgi.url_scheme'] = guessScheme(environ);
  if (environ.CONTENT_LENGTH !== undefined) {
    if (options.minusOneIsUnknown === true && environ.CONTENT_LENGTH === '-1') delete environ.CONTENT_LENGTH;
    else checkContentLength(environ.CONTENT_LENGTH);
  }
  locate(environ, variables, traits.scriptName);
  nameServer(environ);
  return environ;
}

/** `CONTENT_LENGTH` as a number of bytes; `undefined` when there is none. The environ's builder has checked it. */
export function declaredLength(environ: Environ): number | undefined {
  return environ.CONTENT_LENGTH === undefined ? undefined : Number(environ.CONTENT_LENGTH);
}
