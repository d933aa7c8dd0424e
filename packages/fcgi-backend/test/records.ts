// Records written by hand, so that what is under test does not make its own input.

export const BEGIN = 1;
export const ABORT = 2;
export const END = 3;
export const PARAMS = 4;
export const STDIN = 5;
export const STDOUT = 6;
export const STDERR = 7;
export const DATA = 8;
export const GET_VALUES = 9;
export const GET_VALUES_RESULT = 10;
export const UNKNOWN_TYPE = 11;

/** A record; a text is a byte string. */
export function record(type: number, id: number, content: string | Uint8Array = '', padding = 0): Buffer {
  const bytes = typeof content === 'string' ? Buffer.from(content, 'latin1') : Buffer.from(content);
  const header = [1, type, id >> 8, id & 255, bytes.length >> 8, bytes.length & 255, padding, 0];
  return Buffer.concat([Buffer.from(header), bytes, Buffer.alloc(padding, 0xaa)]);
}

function length(size: number): Buffer {
  if (size < 128) return Buffer.of(size);
  const four = Buffer.alloc(4);
  four.writeUInt32BE(size + 0x8000_0000);
  return four;
}

export function pairs(variables: Readonly<Record<string, string>>): Buffer {
  const parts: Buffer[] = [];
  for (const [name, value] of Object.entries(variables)) {
    parts.push(length(name.length), length(value.length), Buffer.from(name + value, 'latin1'));
  }
  return Buffer.concat(parts);
}

/** @param flags 1 keeps the connection. */
export function begin(id: number, role = 1, flags = 0): Buffer {
  return record(BEGIN, id, Buffer.of(0, role, flags, 0, 0, 0, 0, 0));
}

const GET: Readonly<Record<string, string>> = {
  REQUEST_METHOD: 'GET',
  SCRIPT_NAME: '',
  PATH_INFO: '/',
  QUERY_STRING: '',
  REQUEST_URI: '/',
  SERVER_NAME: 'localhost',
  SERVER_PORT: '80',
  SERVER_PROTOCOL: 'HTTP/1.1',
  CONTENT_LENGTH: '',
};

export interface RequestParts {
  id?: number;
  role?: number;
  /** Default true. */
  keep?: boolean;
  params?: Readonly<Record<string, string>>;
  body?: string | Uint8Array;
  data?: string | Uint8Array;
}

/** A whole request; `params` are added to those of a GET. */
export function request({ id = 1, role = 1, keep = true, params = {}, body = '', data }: RequestParts = {}): Buffer {
  const bytes = typeof body === 'string' ? Buffer.from(body, 'latin1') : Buffer.from(body);
  const parts = [begin(id, role, keep ? 1 : 0), record(PARAMS, id, pairs({ ...GET, ...params })), record(PARAMS, id)];
  for (let start = 0; start < bytes.length; start += 32_768) {
    parts.push(record(STDIN, id, bytes.subarray(start, start + 32_768)));
  }
  parts.push(record(STDIN, id));
  if (data !== undefined) parts.push(record(DATA, id, data), record(DATA, id));
  return Buffer.concat(parts);
}

/** A POST of a body of known length. */
export function post(body: string | Uint8Array, parts: RequestParts = {}): Buffer {
  const params = { REQUEST_METHOD: 'POST', CONTENT_LENGTH: String(body.length), ...parts.params };
  return request({ ...parts, params, body });
}
