import type { Rule } from './rule.ts';

/** R99 onwards: what the validator adds, of the design's decisions and of mistakes that JavaScript makes easy. */
export const FOUND_HERE: readonly Rule[] = [
  {
    id: 'R99',
    binds: ['app'],
    severity: 'error',
    title: 'A chunk belongs to the server once it was handed over',
    explanation:
      'It may be waiting in a queue when the application goes on. Whoever fills one buffer again and again sends the last filling several times. Large chunks are compared by samples.',
    source: 'the design, ownership',
    example: {
      of: 'app',
      wrong:
        "export default function* (environ, startResponse) {\n  startResponse('200 OK', plain);\n  const buffer = new Uint8Array(4);\n  for (let round = 0; round < 3; round++) yield buffer.fill(round);\n}",
      right:
        "export default function* (environ, startResponse) {\n  startResponse('200 OK', plain);\n  for (let round = 0; round < 3; round++) yield new Uint8Array(4).fill(round);\n}",
    },
  },
  {
    id: 'R100',
    binds: ['server'],
    severity: 'error',
    title: 'Of a body with both symbols, `Symbol.asyncIterator` is used',
    explanation: 'So that every server sends the same, whichever of the two the application had in mind.',
    source: 'the design, bodies',
    example: {
      of: 'server',
      wrong: 'const body = both(environ, startResponse);\nfor (const chunk of body) send(chunk);\nawait body.close();',
      right:
        'const body = both(environ, startResponse);\nfor await (const chunk of body) send(chunk);\nawait body.close();',
    },
  },
  {
    id: 'R101',
    binds: ['app'],
    severity: 'warning',
    title: 'A generator yields its chunks and returns none',
    explanation: 'What comes with the last `next()` is no chunk: iteration drops it.',
    source: 'JavaScript’s iterators',
    example: {
      of: 'app',
      wrong:
        "export default function* (environ, startResponse) {\n  startResponse('200 OK', plain);\n  return bytes('hello');\n}",
      right:
        "export default function* (environ, startResponse) {\n  startResponse('200 OK', plain);\n  yield bytes('hello');\n}",
    },
  },
  {
    id: 'R102',
    binds: ['app'],
    severity: 'warning',
    title: 'A header that holds one value is sent once',
    explanation:
      '`Content-Type`, `Location`, `Date`, `ETag`, `Expires`, `Last-Modified`, `Age`, `Retry-After` and `Server`. Of two, one recipient takes the first and another the last.',
    source: 'RFC 9110 §5.3',
    example: {
      of: 'app',
      wrong:
        "export default (environ, startResponse) => {\n  startResponse('200 OK', [...plain, ['content-type', 'text/html']]);\n  return [];\n};",
      right:
        "export default (environ, startResponse) => {\n  startResponse('200 OK', [['Content-Type', 'text/html']]);\n  return [];\n};",
    },
  },
];
