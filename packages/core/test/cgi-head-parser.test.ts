import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CgiHeadParser, type CgiHead } from '../src/cgi.ts';
import { TsgiError } from '../src/index.ts';
import { shown } from './scripted-writer.ts';

function latin1(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'latin1'));
}

interface Parsed {
  head: CgiHead;
  rest: string;
}

/** Feeds these chunks, and says what came of them. */
function parse(...chunks: (string | Uint8Array)[]): Parsed {
  const parser = new CgiHeadParser();
  let parsed: { head: CgiHead; rest: Uint8Array } | undefined;
  const rest: Uint8Array[] = [];
  for (const chunk of chunks) {
    const bytes = typeof chunk === 'string' ? latin1(chunk) : chunk;
    if (parsed === undefined) {
      parsed = parser.push(bytes);
      if (parsed !== undefined) rest.push(parsed.rest);
    } else rest.push(bytes);
  }
  return parsed === undefined ? parser.end() : { head: parsed.head, rest: shown(...rest) };
}

const REFUSED = expect.objectContaining({ code: 'BAD_CGI_RESPONSE', rule: 'R93', side: 'peer', statusHint: 502 });

describe('the head of a CGI response', () => {
  it('R93: lines end with CRLF or LF, mixed too, and the body is untouched', () => {
    for (const text of [
      'Status: 404 Not Found\r\nContent-Type: text/plain\r\n\r\nbody\r\n\r\nmore',
      'Status: 404 Not Found\nContent-Type: text/plain\n\nbody\r\n\r\nmore',
      'Status: 404 Not Found\r\nContent-Type: text/plain\n\r\nbody\r\n\r\nmore',
      'Status: 404 Not Found\nContent-Type: text/plain\r\n\nbody\r\n\r\nmore',
    ]) {
      expect(parse(text)).toEqual({
        head: { status: '404 Not Found', headers: [['Content-Type', 'text/plain']] },
        rest: 'body\r\n\r\nmore',
      });
    }
  });

  it('R93: a body that begins like a head is body (Plack)', () => {
    expect(parse('Content-Type: text/plain\n\nContent-Type: text/html\n\nx').rest).toBe('Content-Type: text/html\n\nx');
    expect(parse('Content-Type: text/plain\r\n\r\n\r\nx').rest).toBe('\r\nx');
  });

  const statuses: [sent: string, status: string][] = [
    ['Content-Type: a/b', '200 OK'],
    ['Status: 200 OK', '200 OK'],
    ['Status: 404', '404 Not Found'],
    ['Status: 404 Gone fishing', '404 Gone fishing'],
    ['STATUS:   201   Made  ', '201 Made'],
    ['status:404 x', '404 x'],
    ['Status: 299', '299 Unknown'],
    ['Status: 200 caf\xe9', '200 caf\xe9'],
    ['Status: 200\tOK', '200 OK'],
    ['Status: 404 Not\x01Found\nContent-Type: a/b', '404 Not Found'],
    ['Location: http://h/', '302 Found'],
    ['Location: /local', '302 Found'],
    ['Status: 301 Moved\nLocation: /local', '301 Moved'],
    ['HTTP/1.1 404 Not Found\nContent-Type: a/b', '404 Not Found'],
    ['HTTP/1.0 404', '404 Not Found'],
    ['HTTP/2 204', '204 No Content'],
    ['HTTP/1.1 200 OK\nStatus: 404 No', '404 No'],
  ];
  for (const [sent, status] of statuses) {
    it(`R93: ${JSON.stringify(sent)} is ${status}`, () => {
      expect(parse(`${sent}\n\n`).head.status).toBe(status);
    });
  }

  const refused: [why: string, sent: string][] = [
    ['no headers at all (Go: Test500WithNoHeaders)', '\r\n\r\n'],
    ['empty headers (Go: Test500WithEmptyHeaders)', '\n'],
    ['neither Status, Location nor Content-Type (Go: Test500WithNoContentType)', 'X-A: b\n\n'],
    ['a line that is no header, alone', 'hello world\n\n'],
    ['a Status that is no number', 'Status: OK\n\n'],
    ['a short Status', 'Status: 20\n\n'],
    ['a long Status', 'Status: 2000\n\n'],
    ['a Status without a space', 'Status: 200OK\n\n'],
    ['a Status with a control character in its number', 'Status: 40\x004\nContent-Type: a/b\n\n'],
    ['an empty Status', 'Status:\n\n'],
    ['a Status below 200', 'Status: 101 Switching Protocols\n\n'],
    ['a negative Status', 'Status: -200 OK\n\n'],
    ['a Status line of HTTP that is none', 'HTTP/1.1 abc\nContent-Type: a/b\n\n'],
    ['two Status', 'Status: 200 OK\nStatus: 404 No\n\n'],
    ['two equal Status', 'Status: 200 OK\nStatus: 200 OK\n\n'],
    ['two Content-Length', 'Status: 200\nContent-Length: 1\nContent-Length: 2\n\n'],
    ['a Content-Length that is no number', 'Status: 200\nContent-Length: x\n\n'],
    ['a negative Content-Length', 'Status: 200\nContent-Length: -1\n\n'],
    ['two Content-Type', 'Content-Type: a/b\nContent-Type: c/d\n\n'],
    ['two Location', 'Location: /a\nLocation: /b\n\n'],
  ];
  for (const [why, sent] of refused) {
    it(`R93: refuses ${why}`, () => {
      expect(() => parse(sent)).toThrow(REFUSED);
    });
  }

  it('R93: what is no header is skipped, as Go and Apache do', () => {
    const lines = [
      'Content-Type: a/b',
      'no colon',
      ': no name',
      'sp ace: x',
      'X-Space : x',
      ' folded: x',
      '\tmore',
      'X-Nul: a\0b',
      'X-Cr: a\rb',
      'X\xe9: y',
      'X-Good: yes',
    ];
    expect(parse(`${lines.join('\n')}\n\n`).head.headers).toEqual([
      ['Content-Type', 'a/b'],
      ['X-Good', 'yes'],
    ]);
  });

  it('R93: headers keep their order, spelling and repeats; values lose the white space around them', () => {
    expect(
      parse('Content-type:text/html \nSet-Cookie:\ta=1\nset-cookie: b=2 \nX-Empty:\nX-Colon: a:b:c\n\n').head.headers,
    ).toEqual([
      ['Content-type', 'text/html'],
      ['Set-Cookie', 'a=1'],
      ['set-cookie', 'b=2'],
      ['X-Empty', ''],
      ['X-Colon', 'a:b:c'],
    ]);
  });

  it('R93: equal repeats of a singleton are one', () => {
    expect(
      parse('Content-Length: 3\nContent-Type: a/b\nContent-Type: a/b\ncontent-length: 3\n\n').head.headers,
    ).toEqual([
      ['Content-Length', '3'],
      ['Content-Type', 'a/b'],
    ]);
  });

  it('R61: hop-by-hop headers are the server’s: they are dropped, Status too', () => {
    const names = ['Connection', 'Keep-Alive', 'Transfer-Encoding', 'TE', 'Upgrade', 'Proxy-Connection', 'Trailers'];
    const { head } = parse(`Status: 200 OK\n${names.map((name) => `${name}: x\n`).join('')}X-A: b\n\n`);
    expect(head.headers).toEqual([['X-A', 'b']]);
  });

  const redirects: [sent: string, location: string | undefined][] = [
    ['Location: /a?b=c', '/a?b=c'],
    ['Location: /a\nContent-Type: text/html', '/a'],
    ['Location: //other/a', undefined],
    ['Location: http://h/a', undefined],
    ['Location: relative', undefined],
    ['Status: 302 Found\nLocation: /a', undefined],
    ['Content-Type: a/b', undefined],
  ];
  for (const [sent, location] of redirects) {
    it(`R93: ${JSON.stringify(sent)} is ${location === undefined ? 'no' : 'a'} local redirect`, () => {
      const { head } = parse(`${sent}\n\n`);
      expect(head.location).toBe(location);
      // RFC 3875 §6.2: a client sees the Location where the server does not follow it.
      if (sent.includes('Location')) expect(head.headers.some(([name]) => name === 'Location')).toBe(true);
    });
  }

  it('R93: an answer that ends within its head is refused', () => {
    for (const text of ['', 'S', 'Status: 200 OK', 'Status: 200 OK\r\n', 'Status: 200 OK\r\n\r'])
      expect(() => parse(text)).toThrow(REFUSED);
  });

  it('R93: a head of more than 64 KiB is refused, whole or split, ended or not', () => {
    const long = `Status: 200 OK\r\nX-A: ${'a'.repeat(65_536)}\r\n\r\n`;
    expect(() => parse(long)).toThrow(REFUSED);
    expect(() => parse(...(long.match(/[^]{1,1000}/g) ?? []))).toThrow(REFUSED);
    expect(() => parse('a'.repeat(70_000))).toThrow(REFUSED);
    const fits = `Status: 200 OK\r\nX-A: ${'a'.repeat(65_000)}\r\n\r\n`;
    expect(parse(fits).head.headers[0]?.[1]).toHaveLength(65_000);
  });

  it('R93: a body of any size may follow the head in its chunk', () => {
    expect(parse(`Status: 200 OK\n\n${'b'.repeat(200_000)}`).rest).toHaveLength(200_000);
  });

  const vectors = [
    'Status: 404 Not Found\r\nContent-Type: text/plain\r\n\r\nbody',
    'Content-Type: text/plain\nX-A: \r b\n\r\n\r\n\r\n',
    'HTTP/1.1 200 OK\r\nA: b\r\n\n\n',
    '\r\nx',
    'X: y\n\n',
    '\r\r\n\n',
    'a\rb: c\r\r\n\r\n',
  ];
  for (const vector of vectors) {
    it(`any split of ${JSON.stringify(vector)} gives the same result`, () => {
      const outcome = (...chunks: string[]): unknown => {
        try {
          return parse(...chunks);
        } catch (error) {
          return (error as Error).message;
        }
      };
      const whole = outcome(vector);
      expect(outcome(...vector)).toEqual(whole);
      for (let cut = 0; cut <= vector.length; cut++) {
        for (let second = cut; second <= vector.length; second++) {
          expect(outcome(vector.slice(0, cut), vector.slice(cut, second), vector.slice(second))).toEqual(whole);
        }
      }
    });
  }

  it('any split of a generated head gives the same result, and nothing but a TsgiError is thrown', () => {
    const line = fc.oneof(
      fc.constantFrom(
        'Status: 200 OK',
        'Content-Type: a/b',
        'Location: /x',
        'X-A: b',
        'junk',
        '',
        'HTTP/1.1 500 x',
        'Content-Length: 5',
      ),
      fc.string({ unit: fc.constantFrom('a', ':', ' ', '\r', '\t', '\0', '\xff'), maxLength: 8 }),
    );
    const text = fc
      .array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\r', '')), { maxLength: 8 })
      .map((lines) => lines.flat().join(''));
    fc.assert(
      fc.property(text, fc.array(fc.nat(60), { maxLength: 6 }), (head, cuts) => {
        const outcome = (chunks: string[]): unknown => {
          try {
            return parse(...chunks);
          } catch (error) {
            expect(error).toBeInstanceOf(TsgiError);
            return (error as Error).message;
          }
        };
        const places = [...cuts].toSorted((one, other) => one - other);
        const chunks = [0, ...places].map((start, index) => head.slice(start, places[index]));
        expect(chunks.join('')).toBe(head);
        expect(outcome(chunks)).toEqual(outcome([head]));
      }),
      { numRuns: 500 },
    );
  });

  it('arbitrary bytes throw only a TsgiError, and a head that is taken can be sent on', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 6 }), (chunks) => {
        try {
          const { head } = parse(...chunks);
          expect(head.status).toMatch(/^[2-9]\d\d [\t\x20-\x7e\x80-\xff]*$/);
        } catch (error) {
          expect(error).toBeInstanceOf(TsgiError);
        }
      }),
    );
  });
});
