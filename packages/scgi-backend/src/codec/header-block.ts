import { TsgiError } from '@tsgi/core';
import type { ScgiLeniency } from './limits.ts';

/** What an SCGI header says. */
export interface ScgiHeader {
  /** Names and values alternate, as byte strings, in wire order. */
  variables: string[];
  /** Bytes of the body that follow the header. */
  contentLength: number;
}

function badHeader(found: string, expected: string, leniency?: keyof ScgiLeniency): TsgiError {
  const hint = leniency === undefined ? '' : ` (lenient: ${leniency})`;
  return new TsgiError(`SCGI header: ${found}, expected ${expected}${hint}`, {
    code: 'SCGI_HEADER',
    side: 'peer',
    rule: 'R97',
  });
}

/** Splits the content of the netstring into pairs and checks what the SCGI specification demands of them. */
export function parseHeaderBlock(block: string, maxCount: number, lenient: ScgiLeniency): ScgiHeader {
  const variables: string[] = [];
  const seen = new Set<string>();
  let scgi: string | undefined;
  let length: string | undefined;
  let position = 0;
  for (let count = 1; position < block.length; count++) {
    if (count > maxCount) {
      throw new TsgiError(`SCGI header of more than ${maxCount} pairs`, {
        code: 'SCGI_HEADER_TOO_LARGE',
        side: 'peer',
        statusHint: 431,
        rule: 'R97',
      });
    }
    const nameEnd = block.indexOf('\0', position);
    if (nameEnd < 0) throw badHeader('a name with no NUL after it', 'NAME NUL VALUE NUL');
    const valueEnd = endOfValue(block, nameEnd + 1, lenient);
    const name = block.slice(position, nameEnd);
    const value = block.slice(nameEnd + 1, valueEnd);
    position = valueEnd + 1;
    if (name === '') {
      if (lenient.emptyNames === true) continue;
      throw badHeader('an empty name', 'a name', 'emptyNames');
    }
    if (seen.has(name)) {
      // nginx before 1.23 repeats the variable of a repeated request header; only the environ builder can fold it (R37).
      if (!name.startsWith('HTTP_')) {
        if (lenient.duplicateNames !== true)
          throw badHeader(`${JSON.stringify(name)} twice`, 'each name once', 'duplicateNames');
        replace(variables, name, value);
      } else {
        variables.push(name, value);
      }
    } else {
      seen.add(name);
      variables.push(name, value);
    }
    if (name === 'CONTENT_LENGTH') {
      if (count > 1 && lenient.lateContentLength !== true) {
        throw badHeader(`CONTENT_LENGTH as pair ${count}`, 'it to be the first', 'lateContentLength');
      }
      length = value;
    } else if (name === 'SCGI') {
      scgi = value;
    }
  }
  if (scgi !== '1' && lenient.missingScgi !== true) {
    throw badHeader(scgi === undefined ? 'no SCGI' : `SCGI ${JSON.stringify(scgi)}`, 'SCGI "1"', 'missingScgi');
  }
  return { variables, contentLength: parseContentLength(length, lenient) };
}

function endOfValue(block: string, start: number, lenient: ScgiLeniency): number {
  const end = block.indexOf('\0', start);
  if (end >= 0) return end;
  if (lenient.missingNul !== true) throw badHeader('no NUL after the last value', 'one after each', 'missingNul');
  return block.length;
}

function replace(variables: string[], name: string, value: string): void {
  for (let index = 0; index < variables.length; index += 2) {
    if (variables[index] === name) variables[index + 1] = value;
  }
}

function parseContentLength(value: string | undefined, lenient: ScgiLeniency): number {
  if (value === undefined || value === '') {
    if (lenient.missingContentLength === true) return 0;
    throw badHeader(
      value === undefined ? 'no CONTENT_LENGTH' : 'an empty CONTENT_LENGTH',
      'a number',
      'missingContentLength',
    );
  }
  const length = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (!Number.isSafeInteger(length)) {
    throw badHeader(`CONTENT_LENGTH ${JSON.stringify(value.slice(0, 40))}`, 'decimal digits (R31)');
  }
  return length;
}
