/** Record types of FastCGI 1.0 §8. */
export const FCGI = {
  BEGIN_REQUEST: 1,
  ABORT_REQUEST: 2,
  END_REQUEST: 3,
  PARAMS: 4,
  STDIN: 5,
  STDOUT: 6,
  STDERR: 7,
  DATA: 8,
  GET_VALUES: 9,
  GET_VALUES_RESULT: 10,
  UNKNOWN_TYPE: 11,
} as const;

/** Roles of §6, and one that no specification knows. */
export const ROLE = { RESPONDER: 1, AUTHORIZER: 2, FILTER: 3, UNKNOWN: 9 } as const;

const LONGEST = 65_535;

/** A record as it came. */
export interface FcgiRecord {
  readonly type: number;
  readonly id: number;
  readonly content: Buffer;
}

/** One record; `padding` bytes follow its content (§3.3). */
export function record(type: number, id: number, content: Uint8Array | string = '', padding = 0): Buffer {
  const bytes = typeof content === 'string' ? Buffer.from(content, 'latin1') : content;
  if (bytes.byteLength > LONGEST) throw new RangeError(`a record holds ${LONGEST} bytes, got ${bytes.byteLength}`);
  const header = Buffer.from([1, type, id >> 8, id & 255, bytes.byteLength >> 8, bytes.byteLength & 255, padding, 0]);
  return Buffer.concat([header, bytes, Buffer.alloc(padding)]);
}

/** Any number of bytes as records of one stream, without its end. */
export function stream(type: number, id: number, bytes: Uint8Array, size = 32_768): Buffer {
  const records: Buffer[] = [];
  for (let start = 0; start < bytes.byteLength; start += size) {
    records.push(record(type, id, bytes.subarray(start, start + size)));
  }
  return Buffer.concat(records);
}

/** BEGIN_REQUEST (§5.1). */
export function beginRequest(id: number, role: number, keepConnection: boolean): Buffer {
  return record(FCGI.BEGIN_REQUEST, id, Buffer.from([role >> 8, role & 255, keepConnection ? 1 : 0, 0, 0, 0, 0, 0]));
}

/** A length of a name-value pair: one byte up to 127, otherwise four with the top bit set (§3.4). */
function pairLength(length: number): Buffer {
  if (length < 128) return Buffer.from([length]);
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE((length | 0x8000_0000) >>> 0);
  return bytes;
}

/** One name-value pair: byte strings. */
export function pair(name: string, value: string): Buffer {
  return Buffer.concat([pairLength(name.length), pairLength(value.length), Buffer.from(name + value, 'latin1')]);
}

/** Pairs one after another, as the content of PARAMS or GET_VALUES. */
export function pairs(variables: readonly (readonly [string, string])[]): Buffer {
  return Buffer.concat(variables.map(([name, value]) => pair(name, value)));
}

/** The names and values in a block; undefined when it is malformed. */
export function parsePairs(block: Buffer): [string, string][] | undefined {
  const found: [string, string][] = [];
  let offset = 0;
  const length = (): number => {
    const first = block[offset] ?? 0;
    if (first < 128) {
      offset += 1;
      return first;
    }
    offset += 4;
    return offset > block.byteLength ? Infinity : block.readUInt32BE(offset - 4) & 0x7fff_ffff;
  };
  while (offset < block.byteLength) {
    const nameLength = length();
    const valueLength = length();
    const end = offset + nameLength + valueLength;
    if (!(end <= block.byteLength)) return undefined;
    found.push([
      block.toString('latin1', offset, offset + nameLength),
      block.toString('latin1', offset + nameLength, end),
    ]);
    offset = end;
  }
  return found;
}

/** The whole records at the front of `bytes`, and what is left. */
export function parseRecords(bytes: Buffer, problems: string[]): { records: FcgiRecord[]; rest: Buffer } {
  const records: FcgiRecord[] = [];
  let offset = 0;
  while (bytes.byteLength - offset >= 8) {
    const [version, type = 0] = bytes.subarray(offset);
    if (version !== 1) {
      problems.push(`a record has version ${version}: expected 1`);
      break;
    }
    const length = bytes.readUInt16BE(offset + 4);
    const end = offset + 8 + length + (bytes[offset + 6] ?? 0);
    if (bytes.byteLength < end) break;
    records.push({
      type,
      id: bytes.readUInt16BE(offset + 2),
      content: bytes.subarray(offset + 8, offset + 8 + length),
    });
    offset = end;
  }
  return { records, rest: bytes.subarray(offset) };
}
