import { callApp } from '@tsgi/core/testing';
import { describe, expect, it } from 'vitest';
import { gatewayTo, WIRES } from './behind.ts';

// A login sets its cookie and redirects; mod_cgid carries all headers but those of the body that nobody gets.
const LOGIN = [
  'Location: /then',
  'Set-Cookie: session=1; Path=/',
  'Set-Cookie: seen=yes',
  'Cache-Control: no-store',
  'Content-Type: text/html',
  'Content-Length: 6',
  'ETag: "old"',
  'Last-Modified: Sat, 04 Jul 2026 10:00:00 GMT',
  '',
  'unseen',
].join('\r\n');

describe.each(WIRES)('%s', (wire) => {
  it('the headers of a local redirect that are meant for the client come with the answer', async () => {
    const { status, headers, text } = await callApp(await gatewayTo(wire, LOGIN));
    expect([status, text]).toEqual(['200 OK', 'then']);
    expect(headers).toEqual(
      expect.arrayContaining([
        ['Set-Cookie', 'session=1; Path=/'],
        ['Set-Cookie', 'seen=yes'],
        ['Cache-Control', 'no-store'],
        ['Content-Type', 'text/plain'],
      ]),
    );
    const names = headers.map(([name]) => name.toLowerCase());
    expect(names.filter((name) => name === 'content-type')).toHaveLength(1);
    for (const name of ['location', 'etag', 'last-modified']) expect(names).not.toContain(name);
    expect(headers).not.toContainEqual(['Content-Length', '6']);
  });

  it('those of the answer itself count, but for cookies', async () => {
    const redirectTo = await gatewayTo(wire, '');
    const app = await gatewayTo(wire, LOGIN, {
      redirectTo: (environ, startResponse) =>
        redirectTo(environ, (status, headers) =>
          startResponse(status, [...headers, ['Cache-Control', 'max-age=1'], ['Set-Cookie', 'own=1']]),
        ),
    });
    const { headers } = await callApp(app);
    expect(headers.filter(([name]) => name === 'Cache-Control')).toEqual([['Cache-Control', 'max-age=1']]);
    expect(headers.filter(([name]) => name === 'Set-Cookie').map(([, value]) => value)).toEqual([
      'session=1; Path=/',
      'seen=yes',
      'own=1',
    ]);
  });
});
