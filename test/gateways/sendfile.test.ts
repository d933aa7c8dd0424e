import type { App } from '@tsgi/core';
import { callApp } from '@tsgi/core/testing';
import { describe, expect, it } from 'vitest';
import { gatewayTo, WIRES } from './behind.ts';

/** Stands for the application that sends files. */
const files: App = (environ, startResponse) => {
  if (environ.PATH_INFO === '/none') startResponse('404 Not Found', [['Content-Type', 'text/plain']]);
  else {
    startResponse('200 OK', [
      ['Content-Type', 'application/octet-stream'],
      ['Content-Length', '4'],
      ['ETag', '"file"'],
    ]);
  }
  return [Buffer.from('file')];
};

function answer(...lines: string[]): string {
  return [...lines, 'Content-Type: image/png', 'Set-Cookie: a=1', 'X-Own: yes', 'ETag: "program"', '', 'page'].join(
    '\r\n',
  );
}

describe.each(WIRES)('%s', (wire) => {
  it.each([
    ['X-Accel-Redirect: /a/b.png', '/a/b.png'],
    ['x-accel-redirect: /caf%C3%A9%3F?query', '/caf\xc3\xa9?'],
    ['X-Sendfile: /srv/private/a.png', '/a.png'],
    ['X-Sendfile: a.png', '/a.png'],
    // What leads elsewhere is looked for below the root, and not found there.
    ['X-Sendfile: /srv/private-too/a.png', '/srv/private-too/a.png'],
  ])('%s is sent by the gateway, with what the program says of it', async (header, path) => {
    let asked: unknown[] = [];
    const app: App = (environ, startResponse) => {
      asked = [
        environ.REQUEST_METHOD,
        environ.SCRIPT_NAME,
        environ.PATH_INFO,
        environ.QUERY_STRING,
        environ.CONTENT_LENGTH,
      ];
      return files(environ, startResponse);
    };
    const through = await gatewayTo(wire, answer(header), { sendfile: { root: '/srv/private', app } });
    const { status, headers, text } = await callApp(through, { method: 'POST' });
    expect(asked).toEqual(['GET', '', path, '', undefined]);
    expect([status, text]).toEqual(['200 OK', 'file']);
    expect(headers.toSorted()).toEqual([
      ['Content-Length', '4'],
      ['Content-Type', 'image/png'],
      ['ETag', '"file"'],
      ['Set-Cookie', 'a=1'],
      ['X-Own', 'yes'],
    ]);
  });

  it('a file that is not there is a 404 of its own kind', async () => {
    const through = await gatewayTo(wire, answer('X-Accel-Redirect: /none'), {
      sendfile: { root: '/srv', app: files },
    });
    const { status, headers } = await callApp(through);
    expect(status).toBe('404 Not Found');
    expect(headers).toContainEqual(['Content-Type', 'text/plain']);
    expect(headers).toContainEqual(['Set-Cookie', 'a=1']);
    expect(headers.filter(([name]) => name === 'Content-Type')).toHaveLength(1);
  });

  it.each(['X-Accel-Redirect', 'X-Sendfile'])(
    'without a folder for it, %s does nothing and goes nowhere',
    async (name) => {
      const { status, headers, text } = await callApp(await gatewayTo(wire, answer(`${name}: /etc/passwd`)));
      expect([status, text]).toEqual(['200 OK', 'page']);
      expect(headers.map((header) => header[0].toLowerCase())).not.toContain(name.toLowerCase());
    },
  );
});
