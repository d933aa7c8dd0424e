import { describe, expect, it } from 'vitest';
import { casesFor, checkTarget, parseTarget, type WireClient } from '../src/index.ts';

it.each([
  ['127.0.0.1:8000', { wire: 'http', host: '127.0.0.1', port: 8000 }],
  ['http://localhost:80/', { wire: 'http', host: 'localhost', port: 80 }],
  ['https://127.0.0.1:8443', { wire: 'http', tls: true, host: '127.0.0.1', port: 8443 }],
  ['https+unix:/run/app.sock', { wire: 'http', tls: true, path: '/run/app.sock' }],
  ['h2://127.0.0.1:8443', { wire: 'http2', tls: true, host: '127.0.0.1', port: 8443 }],
  ['h2c+unix:/run/app.sock', { wire: 'http2', path: '/run/app.sock' }],
  ['fcgi://[::1]:9000', { wire: 'fcgi', host: '::1', port: 9000 }],
  ['scgi://127.0.0.1:4000', { wire: 'scgi', host: '127.0.0.1', port: 4000 }],
  ['unix:/run/app.sock', { wire: 'http', path: '/run/app.sock' }],
  ['fcgi+unix:/run/app.sock?mode=660', { wire: 'fcgi', path: '/run/app.sock' }],
])('%s is a target', (text, target) => {
  expect(parseTarget(text)).toEqual(target);
});

it.each(['', 'localhost', 'httpss://a:1', 'ftp://a:1', 'a:99999', 'http://a:1/path', 'fcgi:/run/app.sock', 'unix:'])(
  '%j is none',
  (text) => {
    expect(() => parseTarget(text)).toThrow(expect.objectContaining({ code: 'BAD_TARGET' }));
  },
);

describe('a wire of somebody else', () => {
  const client: WireClient = {
    name: 'carrier',
    title: 'Carrier pigeons',
    kinds: ['meta-variables', 'socket'],
    open: () => Promise.reject(new Error('no pigeon')),
  };

  it('is found by the scheme of its client, and by no other', () => {
    expect(parseTarget('carrier://127.0.0.1:1', [client])).toEqual({
      wire: 'carrier',
      client,
      host: '127.0.0.1',
      port: 1,
    });
    expect(() => parseTarget('carrier://127.0.0.1:1')).toThrow(expect.objectContaining({ code: 'BAD_TARGET' }));
    expect(() => parseTarget('toString://127.0.0.1:1')).toThrow(expect.objectContaining({ code: 'BAD_TARGET' }));
  });

  it('has the cases of its kinds', () => {
    const names = casesFor('carrier', client).map(({ name }) => name);
    expect(names).toContain('script-name-and-path-info-are-kept');
    expect(names).not.toContain('a-decoded-path-may-hold-nul');
    expect(names.length).toBeLessThan(casesFor('fcgi').length);
    expect(() => casesFor('carrier')).toThrow(/unknown wire "carrier"/);
  });

  it('is never taken for HTTP', async () => {
    const target = { wire: 'carrier', host: '127.0.0.1', port: 1 };
    await expect(checkTarget(target)).rejects.toThrow(/unknown wire "carrier"/);
    await expect(checkTarget({ ...target, client })).rejects.toThrow(/no pigeon/);
  });
});
