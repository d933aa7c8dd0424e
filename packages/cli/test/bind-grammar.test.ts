import { describe, expect, it } from 'vitest';
import { parseBind } from '../src/settings/bind.ts';

const tcp = (host: string, port: number): object => ({ type: 'tcp', host, port });

describe('--bind', () => {
  it.each([
    ['127.0.0.1:8000', 'scgi', tcp('127.0.0.1', 8000)],
    ['http://127.0.0.1:8000', 'http', tcp('127.0.0.1', 8000)],
    ['https://localhost:8443', 'https', tcp('localhost', 8443)],
    ['fcgi://[::1]:9000', 'fcgi', tcp('::1', 9000)],
    ['scgi://:4000', 'scgi', tcp('', 4000)],
    ['unix:/run/app.sock', 'scgi', { type: 'unix', path: '/run/app.sock' }],
    ['unix:/run/a+b://c', 'scgi', { type: 'unix', path: '/run/a+b://c' }],
    ['fcgi+unix:/run/app.sock?mode=660', 'fcgi', { type: 'unix', path: '/run/app.sock', mode: 0o660 }],
    ['http+unix:app.sock', 'http', { type: 'unix', path: 'app.sock' }],
    ['fd:3', 'scgi', { type: 'fd', fd: 3 }],
    ['fcgi+fd:0', 'fcgi', { type: 'fd', fd: 0 }],
  ])('reads %s', (text, scheme, address) => {
    expect(parseBind(text, 'scgi', '--bind')).toEqual({ scheme, address });
  });

  it.each([
    ['ftp://127.0.0.1:21', 'unknown scheme "ftp"; expected http, https, fcgi, scgi'],
    ['cgi+unix:/x', 'unknown scheme "cgi"'],
    ['HTTP://127.0.0.1:80', 'unknown scheme "HTTP"'],
    ['http://unix:/x', 'expected http://HOST:PORT, http+unix:PATH or http+fd:N'],
    ['http+127.0.0.1:80', 'expected http://HOST:PORT, http+unix:PATH or http+fd:N'],
    ['http://fd:3', 'expected http://HOST:PORT'],
    ['http://127.0.0.1', 'expected HOST:PORT'],
    ['http://127.0.0.1:80/', 'expected HOST:PORT'],
    ['8000', 'expected HOST:PORT'],
    ['', 'expected HOST:PORT'],
    ['fcgi+unix:/x?mode=9', 'after ? comes mode= and octal digits'],
    ['fcgi+unix:', 'a socket path is not empty'],
    [`unix:/${'x'.repeat(107)}`, '108 bytes'],
    ['127.0.0.1:99999', 'a port is a number from 0 to 65535'],
  ])('refuses %s in one line', (text, why) => {
    const act = (): unknown => parseBind(text, 'http', 'TSGI_BIND');
    expect(act).toThrow(expect.objectContaining({ exitCode: 2, message: expect.stringContaining(why) }));
    expect(act).toThrow(new RegExp(`^TSGI_BIND ${text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}: [^\\n]*$`));
  });
});
