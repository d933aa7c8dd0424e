import { expect, it } from 'vitest';
import type { Environ } from '../src/index.ts';
import { testEnviron } from '../src/testing.ts';

it('R34: a header may be missing, and the types say so', () => {
  // @ts-expect-error -- strict: 'environ.HTTP_COOKIE' is possibly 'undefined'
  const wrong = (environ: Environ): string[] => environ.HTTP_COOKIE.split('; ');
  const right = (environ: Environ): string[] => environ.HTTP_COOKIE?.split('; ') ?? [];
  expect(() => wrong(testEnviron())).toThrow(TypeError);
  expect(right(testEnviron())).toEqual([]);
  expect(right(testEnviron({ headers: [['Cookie', 'a=1; b=2']] }))).toEqual(['a=1', 'b=2']);
});
