import { expect, it } from 'vitest';
import { environ } from './sent-variables.ts';

it.each([
  ['/a?b', '?b', 'b'],
  ['/a?', '?', ''],
  ['/a', '?', ''],
  // It is part of these.
  ['/a??b', '?b', '?b'],
  ['/a??', '?', '?'],
  // Rewritten by the front end: nobody can know.
  ['/a?b', '?c', '?c'],
  ['/a', '?c', '?c'],
])('R30: of %s, sent as %s, the query is %s', (REQUEST_URI, QUERY_STRING, expected) => {
  expect(environ({ REQUEST_URI, QUERY_STRING }).QUERY_STRING).toBe(expected);
});
