import { describe, expect, it } from 'vitest';
import type { Environ } from '@tsgi/core';
import { localRedirect } from '../src/forward/local-redirect.ts';
import { testEnviron } from '@tsgi/core/testing';

/** RFC 3875 §6.2.2: a request that asks for another one. */
const asking = (): Environ =>
  testEnviron({ method: 'POST', target: '/from?x', body: 'abc', environ: { SCRIPT_NAME: '/m' } });

const place = (environ: Environ | undefined): unknown =>
  environ && [environ.SCRIPT_NAME, environ.PATH_INFO, environ.QUERY_STRING, environ.REQUEST_URI];

describe('a local redirect', () => {
  it('is a GET without a body', async () => {
    const environ = localRedirect(asking(), '/m/to', '/m');
    expect(environ?.REQUEST_METHOD).toBe('GET');
    expect(environ).not.toHaveProperty('CONTENT_LENGTH');
    expect(environ).not.toHaveProperty('CONTENT_TYPE');
    expect(await environ?.['tsgi.input'].read()).toHaveLength(0);
  });

  it('leaves the request that asked for it as it was', () => {
    const environ = asking();
    localRedirect(environ, '/m/to', '/m');
    expect([environ.REQUEST_METHOD, environ.CONTENT_LENGTH, environ.PATH_INFO]).toEqual(['POST', '3', '/from']);
  });

  it.each([
    ['/m/a%20b?q=%20', '/m', ['/m', '/a b', 'q=%20', '/m/a%20b?q=%20']],
    ['/m', '/m', ['/m', '', '', '/m']],
    ['/m/to?q#part', '/m', ['/m', '/to', 'q', '/m/to?q']],
    ['/to#part?no', '', ['', '/to', '', '/to']],
    ['/m/to', '', ['', '/m/to', '', '/m/to']],
  ])('to %s at the mount %j', (location, mount, expected) => {
    expect(place(localRedirect(asking(), location, mount))).toEqual(expected);
  });

  it.each(['/', '/mm', '/other'])("to %s is the client's: it leads out of the mount", (location) => {
    expect(localRedirect(asking(), location, '/m')).toBeUndefined();
  });

  it('is followed five times in a row', () => {
    let environ = asking();
    for (let redirects = 0; redirects < 5; redirects++) environ = localRedirect(environ, '/m/to', '/m') ?? asking();
    expect(() => localRedirect(environ, '/m/to', '/m')).toThrow(
      expect.objectContaining({ code: 'REDIRECT_LOOP', statusHint: 502, side: 'peer' }),
    );
  });
});
