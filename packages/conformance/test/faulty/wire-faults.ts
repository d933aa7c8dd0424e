import { FCGI, parseRecords, record, type FcgiRecord } from '../../src/wires/fcgi-records.ts';
import { behindProxy, type ByteChange } from './byte-proxy.ts';
import { type FaultyServer, rightDriver, type RightServer } from './faulty-server.ts';

function wire(fault: string, caughtBy: string, name: RightServer, change: () => ByteChange): FaultyServer {
  return { fault, caughtBy, driver: { ...behindProxy(rightDriver(name), change), name: fault } };
}

/** Changes the text of what a server sends; the head comes in one piece. */
function text(change: (text: string) => string): () => ByteChange {
  return () => ({ response: (bytes) => Buffer.from(change(bytes.toString('latin1')), 'latin1') });
}

/** Changes the records of a FastCGI server, each for itself. */
function records(change: (found: FcgiRecord) => readonly FcgiRecord[]): () => ByteChange {
  return () => {
    let left: Buffer = Buffer.alloc(0);
    return {
      response(bytes) {
        const parsed = parseRecords(Buffer.concat([left, bytes]), []);
        left = parsed.rest;
        return Buffer.concat(parsed.records.flatMap(change).map(({ type, id, content }) => record(type, id, content)));
      },
    };
  };
}

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';

function continuing(when: 'at once' | 'twice'): () => ByteChange {
  return () => {
    let eager = Buffer.alloc(0);
    return {
      request(bytes) {
        if (when === 'at once' && bytes.includes('100-continue')) eager = Buffer.from(CONTINUE);
        return bytes;
      },
      response(bytes) {
        const before = eager;
        eager = Buffer.alloc(0);
        if (when === 'twice' && bytes.includes(CONTINUE)) return Buffer.concat([bytes, Buffer.from(CONTINUE)]);
        return Buffer.concat([before, bytes]);
      },
    };
  };
}

/** Ends each answer that has chunks as if it were whole. */
function completing(): ByteChange {
  let seen = '';
  return {
    response(bytes) {
      seen += bytes.toString('latin1');
      return bytes;
    },
    end: () => Buffer.from(seen.endsWith('0\r\n\r\n') ? '' : '0\r\n\r\n'),
    hidesReset: true,
  };
}

/** Wires that are written wrongly. */
export const wireFaults: readonly FaultyServer[] = [
  wire(
    'HTTP: a last chunk after an answer that failed',
    'http-closes-after-an-answer-that-was-cut-off',
    'http',
    completing,
  ),
  wire(
    'HTTP: no Date',
    'http-adds-a-date',
    'http',
    text((head) => head.replace(/\r\nDate: [^\r]*/i, '')),
  ),
  wire(
    'HTTP: 1.0 in the status line',
    'a-synchronous-app-is-served',
    'http',
    text((head) => head.replace('HTTP/1.1', 'HTTP/1.0')),
  ),
  wire(
    'HTTP: bare LF in the head',
    'a-synchronous-app-is-served',
    'http',
    text((head) => head.replace(/\r\n(?=Content-Type)/, '\n')),
  ),
  wire(
    'HTTP: the reason is the server’s own',
    'an-odd-reason-is-kept',
    'http',
    text((head) => head.replace(/(HTTP\/1.1 \d+) [^\r]*/, '$1 OK')),
  ),
  wire(
    'HTTP: a Content-Type is guessed',
    'no-content-type-is-guessed',
    'http',
    text((head) => head.replace('\r\n\r\n', '\r\nContent-Type: text/html\r\n\r\n')),
  ),
  wire(
    'HTTP: Content-Length on 204',
    'a-204-has-no-body',
    'http',
    text((head) => head.replace('\r\n\r\n', '\r\nContent-Length: 0\r\n\r\n')),
  ),
  wire(
    'HTTP: chunks beside a Content-Length',
    'an-announced-length-is-sent',
    'http',
    text((head) => head.replace('\r\n\r\n', '\r\nTransfer-Encoding: chunked\r\n\r\n')),
  ),
  wire('HTTP: 100 before anybody has read', 'http-does-not-continue-when-nobody-reads', 'http', continuing('at once')),
  wire('HTTP: 100 twice', 'http-continues-when-the-body-is-read', 'http', continuing('twice')),
  wire(
    'HTTP: a connection that should stay open ends',
    'http-keeps-a-connection-open',
    'http',
    text((head) => head.replace(/\r\nContent-Length: \d+/, '\r\nConnection: close')),
  ),
  wire('HTTP: a folded header is unfolded', 'http-refuses-a-folded-header', 'http', () => ({
    request: (bytes) => Buffer.from(bytes.toString('latin1').replace('\r\n c', ' c'), 'latin1'),
  })),
  wire('HTTP: the first of two lengths is taken', 'http-refuses-two-different-content-lengths', 'http', () => ({
    request: (bytes) => Buffer.from(bytes.toString('latin1').replace('Content-Length: 2\r\n', ''), 'latin1'),
  })),
  wire('HTTP: a space before a colon is forgiven', 'http-refuses-a-space-before-a-colon', 'http', () => ({
    request: (bytes) => Buffer.from(bytes.toString('latin1').replace('X-A :', 'X-A:'), 'latin1'),
  })),
  wire('HTTP: chunks win over a length', 'http-refuses-a-length-beside-chunks', 'http', () => ({
    request: (bytes) => Buffer.from(bytes.toString('latin1').replace('Content-Length: 5\r\n', ''), 'latin1'),
  })),
  wire(
    'FastCGI: STDOUT is not ended',
    'fcgi-output-ends-with-an-empty-record-and-one-end-request',
    'fcgi',
    records((found) => (found.type === FCGI.STDOUT && found.content.byteLength === 0 ? [] : [found])),
  ),
  wire(
    'FastCGI: END_REQUEST comes twice',
    'fcgi-output-ends-with-an-empty-record-and-one-end-request',
    'fcgi',
    records((found) => (found.type === FCGI.END_REQUEST ? [found, found] : [found])),
  ),
  wire(
    'FastCGI: every answer has request id 1',
    'fcgi-request-id-256-is-answered-as-such',
    'fcgi',
    records((found) => [{ ...found, id: found.id === 0 ? 0 : 1 }]),
  ),
  wire(
    'FastCGI: request ids have one byte',
    'fcgi-request-id-256-is-answered-as-such',
    'fcgi',
    records((found) => [{ ...found, id: found.id & 255 }]),
  ),
  wire(
    'FastCGI: an empty record within the output',
    'a-body-of-many-chunks-arrives-whole',
    'fcgi',
    records((found) =>
      found.type === FCGI.STDOUT && found.content.byteLength > 0
        ? [found, { ...found, content: Buffer.alloc(0) }]
        : [found],
    ),
  ),
  wire('FastCGI: an answer that failed has appStatus 0', 'a-body-that-throws-later-is-cut-off', 'fcgi', () => ({
    end: () => Buffer.concat([record(FCGI.STDOUT, 1), record(FCGI.END_REQUEST, 1, Buffer.alloc(8))]),
    hidesReset: true,
  })),
  wire(
    'FastCGI: STDERR is not ended',
    'fcgi-what-is-written-to-errors-is-not-output',
    'fcgi with STDERR',
    records((found) => (found.type === FCGI.STDERR && found.content.byteLength === 0 ? [] : [found])),
  ),
  wire(
    'FastCGI: errors are output',
    'fcgi-what-is-written-to-errors-is-not-output',
    'fcgi with STDERR',
    records((found) =>
      found.type === FCGI.STDERR && found.content.byteLength > 0
        ? [{ ...found, type: FCGI.STDOUT }]
        : found.type === FCGI.STDERR
          ? []
          : [found],
    ),
  ),
  wire(
    'FastCGI: values that nobody asked for are told',
    'fcgi-only-values-that-were-asked-for-are-told',
    'fcgi',
    records((found) =>
      found.type === FCGI.GET_VALUES_RESULT
        ? [{ ...found, content: Buffer.concat([found.content, Buffer.from('\x0e\x01FCGI_MAX_CONNS9', 'latin1')]) }]
        : [found],
    ),
  ),
  wire('FastCGI: an unknown role is served', 'fcgi-an-unknown-role-is-refused', 'fcgi', () => ({
    request: (bytes) =>
      Buffer.from(
        bytes.toString('latin1').replace('\x01\x01\0\x01\0\x08\0\0\0\x09', '\x01\x01\0\x01\0\x08\0\0\0\x01'),
        'latin1',
      ),
  })),
  wire('FastCGI: KEEP_CONN is not minded', 'fcgi-keep-conn-keeps-the-connection', 'fcgi', () => ({
    request: (bytes) =>
      Buffer.from(
        bytes.toString('latin1').replace('\x01\x01\0\x01\0\x08\0\0\0\x01\x01', '\x01\x01\0\x01\0\x08\0\0\0\x01\0'),
        'latin1',
      ),
  })),
  wire('FastCGI: an abort is not heard', 'fcgi-an-abort-fires-the-signal-and-ends-once', 'fcgi', () => ({
    request: (bytes) => (bytes[1] === FCGI.ABORT_REQUEST ? Buffer.alloc(0) : bytes),
  })),
  wire(
    'FastCGI: no Status for a 200',
    'a-synchronous-app-is-served',
    'fcgi',
    records((found) => [
      { ...found, content: Buffer.from(found.content.toString('latin1').replace('Status: 200 OK\r\n', ''), 'latin1') },
    ]),
  ),
  wire(
    'SCGI: a status line of HTTP',
    'a-synchronous-app-is-served',
    'scgi',
    text((head) => head.replace('Status: ', 'HTTP/1.1 ')),
  ),
  wire(
    'SCGI: bare LF in the head',
    'a-synchronous-app-is-served',
    'scgi',
    text((head) => head.replaceAll('\r\n', '\n')),
  ),
  wire('SCGI: an answer that failed ends in order', 'a-body-that-throws-later-is-cut-off', 'scgi', () => ({
    hidesReset: true,
  })),
  wire('SCGI: leading zeros are forgiven', 'scgi-refuses-a-length-with-leading-zeros', 'scgi', () => ({
    request: (bytes) => (bytes[0] === 0x30 ? bytes.subarray(1) : bytes),
  })),
  wire('SCGI: a missing SCGI is forgiven', 'scgi-refuses-another-version-of-scgi', 'scgi', () => ({
    request: (bytes) => Buffer.from(bytes.toString('latin1').replace('SCGI\x002', 'SCGI\x001'), 'latin1'),
  })),
];
