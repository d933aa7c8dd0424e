import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type Answer, readCgi, readHttp } from './answer.ts';
import { joined, metaVariables } from './front-end.ts';
import { bodyOf, type PlannedRequest } from './request.ts';

/** Where to cut what is sent: lengths of the pieces, used in turn. */
export type Split = readonly number[];

async function send(socket: Socket, bytes: Buffer, split: Split): Promise<void> {
  let offset = 0;
  for (let turn = 0; turn < 60 && offset < bytes.length; turn++) {
    const length = Math.max(1, split[turn % split.length] ?? bytes.length);
    socket.write(bytes.subarray(offset, offset + length));
    offset += length;
    // A turn of the loop each, so that the pieces do arrive one by one.
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (offset < bytes.length) socket.write(bytes.subarray(offset));
}

async function receive(socket: Socket, isOver: (bytes: Buffer) => boolean = () => false): Promise<Buffer> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of socket) {
      chunks.push(chunk as Buffer);
      if (isOver(chunk as Buffer)) break;
    }
  } catch {
    // A reset: what came before it counts.
  }
  socket.destroy();
  return Buffer.concat(chunks);
}

async function converse(target: { port: number } | { path: string }, bytes: Buffer, split: Split): Promise<Buffer> {
  const socket = connect({ ...target, allowHalfOpen: true, host: '127.0.0.1' });
  await once(socket, 'connect');
  socket.on('error', () => {});
  const received = receive(socket);
  await send(socket, bytes, split);
  return received;
}

export async function overHttp(port: number, request: PlannedRequest, split: Split): Promise<Answer | undefined> {
  const target = request.query === undefined ? request.path : `${request.path}?${request.query}`;
  const framing = request.chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${request.bodyLength}`;
  const lines = [`${request.method} ${target} HTTP/1.1`, 'Host: example.test', 'Connection: close', framing];
  for (const [name, value] of request.headers) lines.push(`${name}: ${value}`);
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  const content = bodyOf(request);
  const half = content.length >> 1;
  const pieces = [content.subarray(0, half), content.subarray(half)].filter((piece) => piece.length > 0);
  const body = request.chunked
    ? [
        ...pieces.flatMap((piece) => [Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')]),
        Buffer.from('0\r\n\r\n'),
      ]
    : [content];
  return readHttp(await converse({ port }, Buffer.concat([head, ...body]), split), request.method === 'HEAD');
}

function record(type: number, requestId: number, content: Uint8Array): Buffer {
  const header = Buffer.from([
    1,
    type,
    requestId >> 8,
    requestId & 255,
    content.length >> 8,
    content.length & 255,
    0,
    0,
  ]);
  return Buffer.concat([header, content]);
}

function stream(type: number, requestId: number, content: Uint8Array, size: number): Buffer[] {
  const records: Buffer[] = [];
  for (let offset = 0; offset < content.length; offset += size) {
    records.push(record(type, requestId, content.subarray(offset, offset + size)));
  }
  return [...records, record(type, requestId, new Uint8Array(0))];
}

function pair(name: string, value: string): Buffer {
  const length = (bytes: number): Buffer => {
    const four = Buffer.alloc(4);
    four.writeUInt32BE((bytes | 0x8000_0000) >>> 0);
    return bytes < 128 ? Buffer.from([bytes]) : four;
  };
  return Buffer.concat([length(name.length), length(value.length), Buffer.from(name + value, 'latin1')]);
}

/** A FastCGI conversation, its records cut at `recordSize`: pairs straddle them (specification, appendix B.2). */
export async function overFcgi(
  path: string,
  request: PlannedRequest,
  split: Split,
  recordSize: number,
): Promise<Answer | undefined> {
  const requestId = 1 + (recordSize % 300);
  const params = Buffer.concat(metaVariables(request).map(([name, value]) => pair(name, value)));
  const bytes = Buffer.concat([
    record(1, requestId, Buffer.from([0, 1, 0, 0, 0, 0, 0, 0])),
    ...stream(4, requestId, params, recordSize),
    ...stream(5, requestId, bodyOf(request), 65_535),
  ]);
  let rest = await converse({ path }, bytes, split);
  const stdout: Buffer[] = [];
  let complete = false;
  while (rest.length >= 8) {
    const length = rest.readUInt16BE(4);
    if (rest.readUInt16BE(2) !== requestId) throw new Error(`an answer to request ${rest.readUInt16BE(2)}`);
    const content = rest.subarray(8, 8 + length);
    if (rest[1] === 6) stdout.push(content);
    if (rest[1] === 3) complete = content.length === 8 && content.readUInt32BE(0) === 0 && content[4] === 0;
    rest = rest.subarray(8 + length + (rest[6] ?? 0));
  }
  return readCgi(Buffer.concat(stdout), complete);
}

export async function overScgi(path: string, request: PlannedRequest, split: Split): Promise<Answer | undefined> {
  const variables = joined([...metaVariables(request).slice(0, 1), ['SCGI', '1'], ...metaVariables(request).slice(1)]);
  const headers = Buffer.from(variables.map(([name, value]) => `${name}\0${value}\0`).join(''), 'latin1');
  const bytes = Buffer.concat([Buffer.from(`${headers.length}:`), headers, Buffer.from(','), bodyOf(request)]);
  return readCgi(await converse({ path }, bytes, split), undefined);
}

/** Runs a program as a web server does; `env -i` style, and with the bytes that Node's own `env` could not pass on. */
export async function overCgi(program: string, request: PlannedRequest): Promise<Answer | undefined> {
  const variables = joined(metaVariables(request));
  // Node encodes an environment as UTF-8: the bytes go through a shell's escapes instead.
  const script = variables.map(
    ([name, value]) => `export ${name}="$(printf '${escape(value)}x')"; ${name}="\${${name}%x}"`,
  );
  const child = spawn('/bin/sh', ['-c', `${script.join('\n')}\nexec "$0" "$1"`, process.execPath, program], {
    env: { PATH: process.env.PATH ?? '', LC_ALL: 'C' },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child.stdin.on('error', () => {});
  child.stdin.end(bodyOf(request));
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  const [code] = await once(child, 'close');
  return readCgi(Buffer.concat(chunks), code === 0);
}

function escape(value: string): string {
  return [...Buffer.from(value, 'latin1')].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
}
