import { expect, it } from 'vitest';
import { CgiHeadParser } from '../src/cgi.ts';

const LONGEST = 65_000;

/** Milliseconds of CPU that a head takes, as one piece or one byte at a time. */
function cost(text: string, pieces: 'whole' | 'bytes'): number {
  const bytes = Buffer.from(text, 'latin1');
  const parser = new CgiHeadParser();
  const before = process.cpuUsage();
  try {
    if (pieces === 'whole') parser.push(bytes);
    else for (let index = 0; index < bytes.length; index++) parser.push(bytes.subarray(index, index + 1));
  } catch {
    // A 502 costs what it costs.
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

const filled = (before: string, filling: string, after: string): string =>
  before + filling.repeat((LONGEST - before.length - after.length) / filling.length) + after;

// Quadratic, each of these took seconds: 2.2 for the spaces, 7.3 for the status.
it.each([
  ['spaces within a value', filled('Content-Type: a', ' ', 'b\r\n\r\n')],
  ['spaces around a value', filled('Content-Type: ', ' \t', '\r\n\r\n')],
  ['a status of spaces and a CR', filled('Status: 200 ', ' ', '\rx\r\n\r\n')],
  ['a status line of spaces', filled('HTTP/1.1 200 ', ' ', '\rx\r\n\r\n')],
  ['a status line without its code', filled('HTTP/1.1 ', ' ', '\r\n\r\n')],
  ['CRs', filled('Content-Type: a/b', '\r', '\n\n')],
  ['lines of nothing but a colon', filled('Content-Type: a/b\n', ':\n', '\n')],
  ['lines of one byte', filled('Content-Type: a/b\n', 'a\n', '\n')],
  ['cookies', filled('Content-Type: a/b\n', 'Set-Cookie: a=b\n', '\n')],
  ['a name', filled('', 'a', ': b\n\n')],
  ['digits', filled('Content-Length: ', '9', '\n\n')],
])('a head of %s takes time in proportion to its length', (_, text) => {
  expect(cost(text, 'whole')).toBeLessThan(300);
  expect(cost(text, 'bytes')).toBeLessThan(600);
  // Twice as much may take twice as long, not four times; the least of some is that of a quiet machine.
  const half = text.slice(0, LONGEST / 2) + '\r\n\r\n';
  const least = (head: string): number => Math.min(...Array.from({ length: 5 }, () => cost(head, 'bytes')));
  expect(least(text)).toBeLessThan(3 * least(half) + 20);
});
