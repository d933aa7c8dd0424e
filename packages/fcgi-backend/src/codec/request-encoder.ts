import { TsgiError } from '@tsgi/core';
import { lengthText, pairSize, writePair } from './pairs.ts';
import { HEADER_LENGTH, KEEP_CONN, PARAMS, RESPONDER, STDIN } from './protocol.ts';
import {
  encodeBeginRequest,
  encodeStream,
  encodeStreamEnd,
  recordSize,
  writeHeader,
  writePadding,
} from './record-encoder.ts';

/** The id of every request of a gateway: it has one at a time on a connection, and nginx uses no other. */
export const REQUEST_ID = 1;
/** Most content of a record to an application: php-fpm refuses one that is longer than 65,535 with its padding. */
const MOST_CONTENT = 65_528;

/**
 * PARAMS as records that end where pairs end, for php-fpm and uWSGI decode each record by itself.
 *
 * @param variables names and values alternate: byte strings.
 * @throws TsgiError (400) for a pair that no record can carry: cut or left out, it would change the request.
 */
export function encodeParams(variables: readonly string[]): Buffer[] {
  const records: Buffer[] = [];
  let first = 0;
  let size = 0;
  for (let index = 0; index < variables.length; index += 2) {
    const name = variables[index] ?? '';
    const pair = pairSize(name, variables[index + 1] ?? '');
    if (pair > MOST_CONTENT) {
      throw new TsgiError(`${name.slice(0, 60)} takes ${pair} bytes: a FastCGI gateway can send ${MOST_CONTENT}`, {
        code: 'VARIABLE_TOO_LARGE',
        side: 'peer',
      });
    }
    if (size + pair > MOST_CONTENT) {
      records.push(paramsRecord(variables, first, index, size));
      first = index;
      size = 0;
    }
    size += pair;
  }
  if (size > 0) records.push(paramsRecord(variables, first, variables.length, size));
  records.push(encodeStreamEnd(PARAMS, REQUEST_ID));
  return records;
}

function paramsRecord(variables: readonly string[], first: number, end: number, size: number): Buffer {
  const record = Buffer.allocUnsafe(recordSize(size));
  let at = writeHeader(record, 0, PARAMS, REQUEST_ID, size);
  for (let index = first; index < end; index += 2) {
    at = writePair(record, at, variables[index] ?? '', variables[index + 1] ?? '');
  }
  writePadding(record, at, size);
  return record;
}

const BEGINS: readonly [closes: Buffer, keeps: Buffer] = [
  encodeBeginRequest(REQUEST_ID, RESPONDER, 0),
  encodeBeginRequest(REQUEST_ID, RESPONDER, KEEP_CONN),
];

/**
 * BEGIN_REQUEST and PARAMS, and for a request without a body the end of STDIN: one buffer is written in half the time of two.
 * The same errors as `encodeParams`.
 */
export function encodeRequestHead(variables: readonly string[], keepConnection: boolean, hasBody: boolean): Buffer {
  const begin = BEGINS[keepConnection ? 1 : 0];
  const pairs = shortPairs(variables);
  if (pairs === undefined) {
    const records = encodeParams(variables);
    return Buffer.concat(hasBody ? [begin, ...records] : [begin, ...records, STDIN_END]);
  }
  // As nearly always: one record, written in one call.
  const params = begin.length + recordSize(pairs.length);
  const head = Buffer.allocUnsafe(params + (hasBody ? HEADER_LENGTH : 2 * HEADER_LENGTH));
  head.set(begin);
  const start = writeHeader(head, begin.length, PARAMS, REQUEST_ID, pairs.length);
  head.write(pairs, start, 'latin1');
  writePadding(head, start + pairs.length, pairs.length);
  writeHeader(head, params, PARAMS, REQUEST_ID, 0);
  if (!hasBody) writeHeader(head, params + HEADER_LENGTH, STDIN, REQUEST_ID, 0);
  return head;
}

/** All pairs as one byte string; `undefined` when they are none, or too much for a record. */
function shortPairs(variables: readonly string[]): string | undefined {
  let pairs = '';
  for (let index = 0; index < variables.length; index += 2) {
    const name = variables[index] ?? '';
    const value = variables[index + 1] ?? '';
    pairs += lengthText(name.length) + lengthText(value.length) + name + value;
    if (pairs.length > MOST_CONTENT) return undefined;
  }
  return pairs === '' ? undefined : pairs;
}

/** A piece of the body. */
export function encodeStdin(chunk: Uint8Array): Uint8Array[] {
  return encodeStream(STDIN, REQUEST_ID, chunk, MOST_CONTENT);
}

export const STDIN_END: Uint8Array = encodeStreamEnd(STDIN, REQUEST_ID);
