/** A response as a client reads it. */
export interface Response {
  status: number;
  reason: string;
  /** Lower-case names. */
  headers: Map<string, string>;
  body: string;
  /** The message ended as its framing says, not by a cut. */
  complete: boolean;
}

/**
 * The responses in a stream of bytes, interim ones included.
 *
 * @param heads for each final response, whether it answers a HEAD.
 */
export function parseResponses(text: string, heads: readonly boolean[] = []): Response[] {
  const responses: Response[] = [];
  let rest = text;
  let index = 0;
  while (rest !== '') {
    const end = rest.indexOf('\r\n\r\n');
    if (end === -1) throw new Error(`no whole head: ${JSON.stringify(rest)}`);
    const [statusLine = '', ...lines] = rest.slice(0, end).split('\r\n');
    const match = /^HTTP\/1\.1 (\d{3}) (.*)$/.exec(statusLine);
    if (match === null) throw new Error(`no status line: ${JSON.stringify(statusLine)}`);
    const headers = new Map(
      lines.map((line): [string, string] => {
        const colon = line.indexOf(': ');
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 2)];
      }),
    );
    rest = rest.slice(end + 4);
    const status = Number(match[1]);
    const bodiless = status < 200 || status === 204 || status === 304 || heads[index] === true;
    if (status >= 200) index += 1;
    const [body, complete, after] = bodiless ? (['', true, rest] as const) : readBody(headers, rest);
    rest = after;
    responses.push({ status, reason: match[2] ?? '', headers, body, complete });
  }
  return responses;
}

function readBody(
  headers: Map<string, string>,
  text: string,
): readonly [body: string, complete: boolean, rest: string] {
  if (headers.get('transfer-encoding') === 'chunked') {
    let rest = text;
    let body = '';
    for (;;) {
      const line = /^([0-9a-f]+)\r\n/.exec(rest);
      if (line === null) return [body, false, ''];
      const size = Number.parseInt(line[1] ?? '', 16);
      rest = rest.slice(line[0].length);
      body += rest.slice(0, size);
      if (rest.length < size + 2) return [body, false, ''];
      if (rest.slice(size, size + 2) !== '\r\n') throw new Error('chunk without CRLF');
      rest = rest.slice(size + 2);
      if (size === 0) return [body, true, rest];
    }
  }
  const length = headers.get('content-length');
  if (length === undefined) return [text, true, ''];
  return [text.slice(0, Number(length)), text.length >= Number(length), text.slice(Number(length))];
}
