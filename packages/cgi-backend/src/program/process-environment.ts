import { readFileSync } from 'node:fs';
import { bytesToByteString, percentDecode } from '@tsgi/core/program';

/** What Node puts for bytes of an environment that are not UTF-8, as a byte string. */
const REPLACEMENT = '\xef\xbf\xbd';

const BLOCK = '/proc/self/environ';

/**
 * The variables of this process as byte strings: names and values alternate.
 *
 * `process.env` is UTF-8 and loses every other byte (R94). Linux has the bytes as they were when the process began; they are read
 * where something is not ASCII, which is rare: to open a file costs a small program a hundredth of its start.
 */
export function processEnvironment(): string[] {
  const { env } = process;
  const variables: string[] = [];
  for (const name of Object.keys(env)) {
    const value = env[name] ?? '';
    if (!isAscii(name) || !isAscii(value)) return bytesOfEnvironment();
    variables.push(name, value);
  }
  return variables;
}

function bytesOfEnvironment(): string[] {
  let block: string;
  try {
    block = readFileSync(BLOCK, 'latin1');
  } catch {
    return variablesOf(process.env);
  }
  return splitBlock(block);
}

/** Sooner than with a pattern, which has to be compiled for the first time. */
function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length;
}

/** Splits `NAME=value NUL …`. */
export function splitBlock(block: string): string[] {
  const variables: string[] = [];
  for (const entry of block.split('\0')) {
    const equals = entry.indexOf('=');
    if (equals > 0) variables.push(entry.slice(0, equals), entry.slice(equals + 1));
  }
  return variables;
}

/** The variables of `process.env`; a PATH_INFO that lost bytes is made again of REQUEST_URI, which has only ASCII. */
export function variablesOf(environment: Readonly<Record<string, string | undefined>>): string[] {
  const variables: string[] = [];
  for (const [name, value = ''] of Object.entries(environment)) {
    variables.push(name, bytesToByteString(Buffer.from(value)));
  }
  const at = variables.indexOf('PATH_INFO') + 1;
  const script = Buffer.from(environment.SCRIPT_NAME ?? '').toString('latin1');
  const path = percentDecode((environment.REQUEST_URI ?? '').split('?', 1)[0] ?? '');
  if (at > 0 && variables[at]?.includes(REPLACEMENT) === true && path.startsWith(script)) {
    variables[at] = path.slice(script.length);
  }
  return variables;
}
