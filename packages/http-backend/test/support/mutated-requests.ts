import * as fc from 'fast-check';
import { refusedRequests } from './refused-requests.ts';
import { validRequests } from './valid-requests.ts';

const rows = [...validRequests, ...refusedRequests].map(({ bytes }) => bytes).filter((bytes) => bytes.length < 4_000);

/** Requests, some of them spoilt: a byte changed, taken out or put in. */
export const mutated: fc.Arbitrary<string> = fc
  .tuple(
    fc.array(fc.constantFrom(...rows), { minLength: 1, maxLength: 3 }),
    fc.array(fc.tuple(fc.nat(), fc.constantFrom('', '\r', '\n', '\0', ' ', '\t', ':', ',', 'x', '0', '\xff', '\r\n')), {
      maxLength: 3,
    }),
    fc.boolean(),
  )
  .map(([requests, edits, replace]) => {
    let text = requests.join('');
    for (const [at, what] of edits) {
      const index = at % (text.length + 1);
      text = text.slice(0, index) + what + text.slice(index + (replace || what === '' ? 1 : 0));
    }
    return text;
  });

/** The bytes of a text, cut at some places. */
export function cut(text: string, at: readonly number[]): Uint8Array[] {
  const bytes = Buffer.from(text, 'latin1');
  const cuts = [...new Set(at.map((one) => one % (bytes.length + 1)))].toSorted((a, b) => a - b);
  return [0, ...cuts].map((from, index) => bytes.subarray(from, cuts[index] ?? bytes.length));
}
