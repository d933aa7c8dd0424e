import { join } from 'node:path';
import { type Environ, textToByteString } from '@tsgi/core';
import { variablesFromEnviron } from '@tsgi/core/cgi';
import { gatewayError } from '@tsgi/core/forward';
import type { Program } from './find-program.ts';
import { isMetaVariable } from '../program/meta-variables.ts';

/** What a program sees beside its request. */
export interface EnvironmentSettings {
  /** Names to inherit, or `NAME=value`. */
  readonly env: readonly string[];
  readonly authorization: boolean;
  /** Are set whatever their names. */
  readonly params: Readonly<Record<string, string>>;
}

/** Linux refuses to start a program with a longer string in its environment (MAX_ARG_STRLEN). */
const LONGEST = 131_072;

const INHERITED = ['PATH', 'LANG', 'TZ'];
const DEFAULT_PATH = '/usr/local/bin:/usr/bin:/bin';

/**
 * The environment of a CGI program (RFC 3875 §4.1): byte strings, and only names that a CGI program may expect. A name
 * that a client could choose freely would be one that the program's loader or libraries obey (CVE-2017-17562).
 *
 * @param length of a body that was held back until its end.
 * @throws TsgiError 431 for a value longer than the system allows, 400 for one with a NUL.
 */
export function childEnvironment(
  environ: Environ,
  program: Program,
  length: number | undefined,
  settings: EnvironmentSettings,
): Map<string, string> {
  const variables = new Map(inherited(settings.env));
  const { params } = settings;
  const request = variablesFromEnviron(environ, { ...variablesOf(program, length), ...params });
  for (let index = 0; index + 1 < request.length; index += 2) {
    const name = request[index] ?? '';
    const value = request[index + 1] ?? '';
    const isExpected = isMetaVariable(name) && (name !== 'HTTP_AUTHORIZATION' || settings.authorization);
    if (!isExpected && !Object.hasOwn(params, name)) continue;
    if (name.length + value.length + 2 > LONGEST) {
      throw gatewayError(
        'VARIABLE_TOO_LONG',
        431,
        `${name} is longer than the ${LONGEST} bytes that a program can get`,
      );
    }
    if (value.includes('\0'))
      throw gatewayError('BAD_VARIABLE', 400, `${name} holds a NUL, which a program cannot get`);
    variables.set(name, value);
  }
  return variables;
}

function variablesOf(program: Program, length: number | undefined): Record<string, string> {
  const { scriptName, pathInfo } = program;
  const root = program.root === undefined ? undefined : textToByteString(program.root);
  return {
    GATEWAY_INTERFACE: 'CGI/1.1',
    SCRIPT_NAME: scriptName,
    PATH_INFO: pathInfo,
    SCRIPT_FILENAME: textToByteString(program.file),
    // php-cgi refuses to run without it (cgi.force_redirect).
    REDIRECT_STATUS: '200',
    ...(length === undefined ? undefined : { CONTENT_LENGTH: String(length) }),
    ...(root === undefined ? undefined : { DOCUMENT_ROOT: root }),
    ...(root === undefined || !isPlain(pathInfo) ? undefined : { PATH_TRANSLATED: join(root, pathInfo) }),
  };
}

/** Whether PATH_INFO can stand for a file below the root. */
function isPlain(pathInfo: string): boolean {
  return pathInfo !== '' && !pathInfo.split('/').includes('..');
}

function inherited(env: readonly string[]): [string, string][] {
  const variables: [string, string][] = [];
  for (const entry of [...INHERITED, ...env]) {
    const equals = entry.indexOf('=');
    const name = equals === -1 ? entry : entry.slice(0, equals);
    const value = equals === -1 ? process.env[name] : entry.slice(equals + 1);
    if (value !== undefined) variables.push([name, textToByteString(value)]);
    else if (name === 'PATH') variables.push([name, DEFAULT_PATH]);
  }
  return variables;
}
