import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bindAddress, formatAddress, parseAddress } from '../src/index.ts';

describe('addresses', () => {
  it.each([
    ['127.0.0.1:8000', { type: 'tcp', host: '127.0.0.1', port: 8000 }],
    ['localhost:0', { type: 'tcp', host: 'localhost', port: 0 }],
    [':8000', { type: 'tcp', host: '', port: 8000 }],
    ['[::1]:65535', { type: 'tcp', host: '::1', port: 65_535 }],
    ['[fe80::1%lo]:1', { type: 'tcp', host: 'fe80::1%lo', port: 1 }],
    ['unix:/run/app.sock', { type: 'unix', path: '/run/app.sock' }],
    ['unix:app.sock', { type: 'unix', path: 'app.sock' }],
    ['unix:/run/app.sock?mode=660', { type: 'unix', path: '/run/app.sock', mode: 0o660 }],
    ['unix:/run/app.sock?mode=0600', { type: 'unix', path: '/run/app.sock', mode: 0o600 }],
    ['fd:0', { type: 'fd', fd: 0 }],
    ['fd:3', { type: 'fd', fd: 3 }],
  ])('reads %s', (text, address) => {
    expect(parseAddress(text)).toEqual(address);
  });

  it.each([
    '',
    '8000',
    'localhost',
    'localhost:',
    'localhost:http',
    '127.0.0.1:65536',
    '127.0.0.1:-1',
    '127.0.0.1:80 ',
    'a b:80',
    'http://127.0.0.1:80',
    '127.0.0.1:80/path',
    '[::1]',
    '[localhost]:80',
    '[::1:80',
    'unix:',
    'unix:?mode=660',
    'unix:/a?mode=999',
    'unix:/a?mode=',
    'unix:/a?owner=me',
    'unix:/a\0b',
    `unix:/${'a'.repeat(107)}`,
    'fd:',
    'fd:-1',
    'fd:x',
    'fd:3x',
  ])('refuses %j', (text) => {
    expect(() => parseAddress(text)).toThrow(expect.objectContaining({ code: 'BAD_ADDRESS', side: 'app' }));
  });

  it.each([
    ['fcgi://127.0.0.1:9000', { type: 'tcp', host: '127.0.0.1', port: 9000 }],
    ['fcgi://[::1]:9000', { type: 'tcp', host: '::1', port: 9000 }],
    ['fcgi+unix:/run/app.sock?mode=660', { type: 'unix', path: '/run/app.sock', mode: 0o660 }],
    ['fcgi+fd:3', { type: 'fd', fd: 3 }],
    ['127.0.0.1:9000', { type: 'tcp', host: '127.0.0.1', port: 9000 }],
    ['unix:/run/app.sock', { type: 'unix', path: '/run/app.sock' }],
  ])('reads %s where the scheme fcgi may stand before it', (text, address) => {
    expect(parseAddress(text, 'fcgi')).toEqual(address);
  });

  it.each([
    'scgi://127.0.0.1:9000',
    'scgi+unix:/run/app.sock',
    'FCGI://127.0.0.1:9000',
    'fcgi:127.0.0.1:9000',
    'fcgi+127.0.0.1:9000',
    'fcgi://unix:/run/app.sock',
    'fcgi://fd:3',
    'fcgi+fcgi+fd:3',
    'fcgi://',
    'fcgi+',
    'fcgi',
  ])('refuses %j there, and names it', (text) => {
    expect(() => parseAddress(text, 'fcgi')).toThrow(
      expect.objectContaining({ code: 'BAD_ADDRESS', message: expect.stringContaining(`"${text}"`) }),
    );
  });

  it('says what an unbracketed IPv6 address lacks', () => {
    expect(() => parseAddress('::1:8000')).toThrow(/brackets/);
  });

  it('takes a path of 107 bytes, not characters', () => {
    expect(parseAddress(`unix:/${'a'.repeat(106)}`)).toMatchObject({ type: 'unix' });
    expect(() => parseAddress(`unix:/${'é'.repeat(54)}`)).toThrow(/109 bytes/);
  });

  it.each(['127.0.0.1:8000', '[::1]:80', 'unix:/run/app.sock?mode=660', 'unix:/run/app.sock', 'fd:3'])(
    'writes %s as it reads it',
    (text) => {
      const separator = /^(unix|fd):/.test(text) ? '+' : '://';
      const written = formatAddress('fcgi', parseAddress(text));
      expect(written).toBe(`fcgi${separator}${text}`);
      expect(parseAddress(written, 'fcgi')).toEqual(parseAddress(text));
    },
  );

  it('throws nothing but BAD_ADDRESS, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((rest) => `unix:${rest}`),
          fc.stringMatching(/^\[?[\d:.]*\]?:\d*$/),
        ),
        (text) => {
          try {
            parseAddress(text);
          } catch (error) {
            expect(error).toMatchObject({ code: 'BAD_ADDRESS' });
          }
        },
      ),
    );
  });

  it.each([
    [{}, { type: 'tcp', host: '127.0.0.1', port: 9000 }],
    [
      { host: '', port: 0 },
      { type: 'tcp', host: '', port: 0 },
    ],
    [
      { path: '/s', port: 1 },
      { type: 'unix', path: '/s' },
    ],
    [
      { path: '/s', mode: 0o600 },
      { type: 'unix', path: '/s', mode: 0o600 },
    ],
    [
      { fd: 3, path: '/s' },
      { type: 'fd', fd: 3 },
    ],
    [
      { fd: 3, address: parseAddress('[::1]:80') },
      { type: 'tcp', host: '::1', port: 80 },
    ],
  ] as const)('finds the address in the options %j', (options, address) => {
    expect(bindAddress(options, 9000)).toEqual(address);
  });
});
