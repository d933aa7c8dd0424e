/** What came back over a wire, as bytes say it. */
export interface Answer {
  status: string;
  headers: [string, string][];
  body: Buffer;
  /** Whether the wire said that this was all; `undefined` where it has no means to. */
  complete: boolean | undefined;
}

// What HTTP/1.1 adds for its own connection, or for the origin server (R62).
const OF_THE_WIRE = new Set(['date', 'server', 'connection', 'transfer-encoding', 'keep-alive']);

function headerLines(lines: string[]): [string, string][] {
  return lines
    .map((line): [string, string] => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, '')];
    })
    .filter(([name]) => !OF_THE_WIRE.has(name.toLowerCase()));
}

function splitHead(bytes: Buffer): { lines: string[]; rest: Buffer } {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) throw new Error(`no head in ${JSON.stringify(bytes.toString('latin1', 0, 200))}`);
  return { lines: bytes.toString('latin1', 0, end).split('\r\n'), rest: bytes.subarray(end + 4) };
}

function unchunk(bytes: Buffer): { body: Buffer; complete: boolean } {
  const chunks: Buffer[] = [];
  let rest = bytes;
  for (;;) {
    const line = rest.indexOf('\r\n');
    const size = line === -1 ? Number.NaN : Number.parseInt(rest.toString('latin1', 0, line), 16);
    if (Number.isNaN(size)) return { body: Buffer.concat(chunks), complete: false };
    if (size === 0) return { body: Buffer.concat(chunks), complete: rest.toString('latin1', line) === '\r\n\r\n' };
    const chunk = rest.subarray(line + 2, line + 2 + size);
    chunks.push(chunk);
    if (chunk.length < size) return { body: Buffer.concat(chunks), complete: false };
    rest = rest.subarray(line + 4 + size);
  }
}

/** Reads an HTTP/1.1 answer on a connection that was closed after it; `undefined` for no answer at all. */
export function readHttp(bytes: Buffer, isHead: boolean): Answer | undefined {
  if (bytes.length === 0) return undefined;
  let { lines, rest } = splitHead(bytes);
  while (lines[0]?.startsWith('HTTP/1.1 1') === true) ({ lines, rest } = splitHead(rest));
  const status = (lines[0] ?? '').slice('HTTP/1.1 '.length);
  const raw = lines.slice(1).join('\n').toLowerCase();
  const headers = headerLines(lines.slice(1));
  if (isHead || /^(?:204|304) /.test(status)) return { status, headers, body: rest, complete: rest.length === 0 };
  if (raw.includes('transfer-encoding: chunked')) return { status, headers, ...unchunk(rest) };
  const length = /^content-length: (\d+)$/m.exec(raw);
  return { status, headers, body: rest, complete: length === null ? undefined : Number(length[1]) === rest.length };
}

/** Reads a CGI answer: `Status` first, always. */
export function readCgi(bytes: Buffer, complete: boolean | undefined): Answer | undefined {
  if (bytes.length === 0) return undefined;
  const { lines, rest } = splitHead(bytes);
  const [first = '', ...others] = lines;
  if (!first.startsWith('Status: ')) throw new Error(`expected Status first, found ${first}`);
  return { status: first.slice('Status: '.length), headers: headerLines(others), body: rest, complete };
}
