import { countedBytes } from '@tsgi/core/server';
import type { Readable } from 'node:stream';

/** Characters of a line; the rest of a longer one is left out. */
const LONGEST_LINE = 4096;
/** Bytes that a program may say in a second; the rest is counted. */
const MOST_A_SECOND = 65_536;

/**
 * What a program says on its standard output and error, line by line, on its way to a log. One that says too much is read all
 * the same, for it would stand still otherwise.
 */
export function logOutput(stream: Readable, log: (line: string) => void): void {
  const decoder = new TextDecoder();
  let line = '';
  let isCut = false;
  let room = MOST_A_SECOND;
  let begun = 0;
  let leftOut = 0;
  const end = (): void => {
    if (line !== '') log(isCut ? `${line} [the rest of this line is left out]` : line);
    line = '';
    isCut = false;
  };
  stream.on('data', (chunk: Buffer) => {
    const now = performance.now();
    if (now - begun >= 1000) {
      begun = now;
      room = MOST_A_SECOND;
      if (leftOut > 0) log(`[${countedBytes(leftOut)} of what it said are left out]`);
      leftOut = 0;
    }
    const taken = chunk.subarray(0, room);
    room -= taken.byteLength;
    leftOut += chunk.byteLength - taken.byteLength;
    const [first = '', ...others] = decoder.decode(taken, { stream: true }).split(/\r?\n/);
    add(first);
    for (const other of others) {
      end();
      add(other);
    }
  });
  stream.on('close', () => {
    end();
    if (leftOut > 0) log(`[${countedBytes(leftOut)} of what it said are left out]`);
  });
  stream.on('error', () => {});

  function add(text: string): void {
    if (line.length + text.length > LONGEST_LINE) isCut = true;
    line += text.slice(0, LONGEST_LINE - line.length);
  }
}
