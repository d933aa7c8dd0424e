import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { shiftPathInfo, type Environ } from '../src/index.ts';
import { testEnviron } from '../src/testing.ts';

const at = (script: string, path: string): Environ =>
  testEnviron({ environ: { SCRIPT_NAME: script, PATH_INFO: path } });

it('R90: the next shift gives what a first one would', () => {
  const path = fc
    .array(fc.constantFrom('a', 'bc', '', '.', '..', '...'), { maxLength: 8 })
    .map((segments) => segments.map((segment) => `/${segment}`).join(''));
  fc.assert(
    fc.property(path, path, fc.nat(10), (script, rest, meddled) => {
      const environ = at(script, rest);
      for (let round = 0; round < 12; round++) {
        // A new object is looked at anew, whatever was shifted before.
        const fresh = at(environ.SCRIPT_NAME, environ.PATH_INFO);
        const expected = shiftPathInfo(fresh);
        expect(shiftPathInfo(environ)).toBe(expected);
        expect([environ.SCRIPT_NAME, environ.PATH_INFO]).toEqual([fresh.SCRIPT_NAME, fresh.PATH_INFO]);
        if (round === meddled)
          Object.assign(environ, { SCRIPT_NAME: `${environ.SCRIPT_NAME}//x/..`, PATH_INFO: '/./y//z' });
      }
    }),
    { numRuns: 2000 },
  );
});
