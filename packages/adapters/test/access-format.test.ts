import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accessFormat, accessText } from '../src/access-log/access-format.ts';
import type { AccessRecord } from '../src/access-log/access-record.ts';

const RECORD: AccessRecord = {
  environ: {
    REMOTE_ADDR: '192.0.2.7',
    SERVER_NAME: 'example.org',
    SERVER_PORT: '443',
    HTTP_HOST: 'example.org',
    HTTP_USER_AGENT: 'a "b"',
    HTTP_COOKIE: 'a=1; session=x y; b=2',
    CONTENT_TYPE: 'text/plain',
    SSL_CIPHER: 'AES',
    'tsgi.version': [1, 0],
  },
  method: 'GET',
  target: '/a%20b?c=d',
  protocol: 'HTTP/1.1',
  status: 206,
  bytes: 1234,
  began: Date.UTC(2026, 6, 5, 4, 3, 2, 17),
  duration: 1501.2345,
  aborted: false,
  headers: [
    ['Set-Cookie', 'a=1'],
    ['set-cookie', 'b=2'],
  ],
  requestId: 'id-1',
  isPlainId: false,
  keepsConnection: true,
  refused: undefined,
};

const line = (format: string, changes: Partial<AccessRecord> = {}): string =>
  accessText(accessFormat(format), { ...RECORD, ...changes });

describe('the format of an access log', () => {
  it.each([
    ['%h|%a|%l|%u', '192.0.2.7|192.0.2.7|-|-'],
    ['%t', '[05/Jul/2026:04:03:02 +0000]'],
    [
      '%{%F %T}t|%{msec}t|%{msec_frac}t|%{%b %e}t',
      '2026-07-05 04:03:02|1783224182017|017|Jul\\x20\\x205'.replace('2026-07-05 04', '2026-07-05\\x2004'),
    ],
    ['"%r"', '"GET /a%20b?c=d HTTP/1.1"'],
    ['%r', 'GET\\x20/a%20b?c=d\\x20HTTP/1.1'],
    ['%m %U %q %H', 'GET /a%20b ?c=d HTTP/1.1'],
    ['%s %>s %<s', '206 206 206'],
    ['%b %B', '1234 1234'],
    ['%D %T %{ms}T %{us}T %{s}T', '1501235 1 1501 1501235 1'],
    ['"%{User-Agent}i" %{Content-Type}i %{X-None}i', '"a \\"b\\"" text/plain -'],
    ['"%{Set-Cookie}o" %{X-None}o', '"a=1, b=2" -'],
    ['%{SSL_CIPHER}e %{tsgi.version}e %{constructor}e', 'AES - -'],
    ['"%{session}C" %{none}C', '"x y" -'],
    ['%v %V %p %{canonical}p', 'example.org example.org 443 443'],
    ['%L %X %P %{pid}P %%', `id-1 + ${process.pid} ${process.pid} %`],
    ['%200,206{Host}i %!206{Host}i %!404{Host}i', 'example.org - example.org'],
    ['a\\tb\\"%m\\"', 'a\tb"GET"'],
    ['Zürich %m', 'Zürich GET'],
  ])('%s', (format, expected) => {
    expect(line(format)).toBe(expected);
  });

  it('of a request that no application saw', () => {
    const changes = { method: '', target: '', protocol: '', status: 0, bytes: 0, environ: {}, headers: [] };
    expect(line('combined', changes)).toBe('- - - [05/Jul/2026:04:03:02 +0000] "-" - - "-" "-"');
    expect(JSON.parse(line('json', { ...changes, refused: 'HEADERS_TIMEOUT', requestId: undefined }))).toEqual({
      time: '2026-07-05T04:03:02.017Z',
      bytes: 0,
      duration: 1501.235,
      refused: 'HEADERS_TIMEOUT',
    });
  });

  it.each([
    ['%Q', 'unknown directive %Q'],
    ['%h %{a}h', 'unknown directive %{a}h'],
    ['%{c}a', 'unknown directive %{c}a'],
    ['%{}i', 'unknown directive %{}i'],
    ['%i', 'unknown directive %i'],
    ['%{weeks}T', 'unknown directive %{weeks}T'],
    ['%h %', 'unknown directive %'],
    ['%{Host', 'unknown directive %{Host'],
    ['%{%Q}t', 'unknown field %Q in the time format "%Q"'],
    ['combine', 'expected common, combined, json or a format with directives such as %h, found "combine"'],
  ])('refuses %s', (format, message) => {
    expect(() => accessFormat(format)).toThrow(new RangeError(message));
  });

  it('X is for who has not had all', () => {
    expect(line('%X', { aborted: true })).toBe('X');
    expect(line('%X', { keepsConnection: false })).toBe('-');
  });
});

const anything = fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) });

describe('what is kept from one line to the next', () => {
  const few = fc.oneof(fc.constantFrom('', 'a', 'b "', 'GET', '/?q'), anything);
  const maybe = fc.option(few, { nil: undefined });
  const record = fc.record({
    environ: fc.record({ REMOTE_ADDR: few, REMOTE_USER: maybe, HTTP_HOST: maybe, HTTP_USER_AGENT: maybe }),
    method: few,
    target: few,
    protocol: few,
    status: fc.constantFrom(0, 200, 404),
    bytes: fc.constantFrom(undefined, 0, 13),
    began: fc.integer({ min: RECORD.began, max: RECORD.began + 3000 }),
    duration: fc.double({ min: 0, max: 3, noNaN: true }),
    aborted: fc.boolean(),
    requestId: maybe,
    refused: maybe,
  });

  it.each(['combined', 'json', '%{msec}t %D %q "%r" %r %L %!200{User-Agent}i "%400,404{Host}i" %404r "%404r" %u%v'])(
    'changes no line: %s',
    (format) => {
      const kept = accessFormat(format);
      fc.assert(
        fc.property(fc.array(record, { minLength: 2 }), (records) => {
          for (const changes of records) {
            const request = { ...RECORD, ...changes } as AccessRecord;
            expect(accessText(kept, request)).toBe(accessText(accessFormat(format), request));
          }
        }),
      );
    },
  );

  it('is nothing of a request that has no line', () => {
    const format = accessFormat('%h %u');
    const environ = { REMOTE_ADDR: '192.0.2.8', REMOTE_USER: 'other' };
    Object.defineProperty(environ, 'REMOTE_USER', {
      get() {
        throw new Error('an application may have made anything of its environ');
      },
    });
    expect(accessText(format, RECORD)).toBe('192.0.2.7 -');
    expect(() => accessText(format, { ...RECORD, environ })).toThrow('anything');
    expect(accessText(format, RECORD)).toBe('192.0.2.7 -');
    const changed = { ...RECORD, environ: { REMOTE_ADDR: '192.0.2.8' } };
    expect(() => accessText(format, { ...RECORD, environ })).toThrow('anything');
    expect(accessText(format, changed)).toBe('192.0.2.8 -');
  });
});

describe('what a client sends', () => {
  it('ends no line, no quotes and no field, and is ASCII', () => {
    const format = accessFormat('%u "%{User-Agent}i" %{X-A}o "%r"');
    fc.assert(
      fc.property(anything, anything, anything, anything, (user, agent, header, target) => {
        const text = accessText(format, {
          ...RECORD,
          environ: { REMOTE_USER: user, HTTP_USER_AGENT: agent },
          headers: [['X-A', header]],
          target,
        });
        expect(text).toMatch(/^[!-~]+ "(?:[^"\\]|\\.)*" [!-~]+ "(?:[^"\\]|\\.)*"$/);
        expect(text).toMatch(/^[ -~]*$/);
      }),
    );
  });

  it('is JSON whatever it is', () => {
    const format = accessFormat('json');
    fc.assert(
      fc.property(anything, anything, (agent, target) => {
        const text = accessText(format, { ...RECORD, environ: { HTTP_USER_AGENT: agent }, target });
        expect(text).toMatch(/^[ -~]*$/);
        expect(JSON.parse(text)).toMatchObject({ status: 206 });
      }),
    );
  });

  it('is escaped as by Apache', () => {
    const environ = { HTTP_USER_AGENT: '\b\n\r\t\v"\\\x00\x1b\x7f\xff ' };
    expect(line('"%{User-Agent}i"', { environ })).toBe('"\\b\\n\\r\\t\\v\\"\\\\\\x00\\x1b\\x7f\\xff "');
  });

  it('is text in JSON where it is UTF-8', () => {
    const environ = { HTTP_USER_AGENT: Buffer.from('Zoë ✓').toString('latin1') };
    expect(JSON.parse(line('json', { environ }))).toMatchObject({ agent: 'Zoë ✓' });
  });
});
