import type { Header } from '@tsgi/core';
import type { ResponseHead } from '@tsgi/core/server';

/**
 * A response's head as a byte string, with `Date` and `Server` where the application gave none (R62).
 *
 * @param date the value of `Date`.
 * @param framing whole header lines that say how the body ends and whether the connection does.
 */
export function responseHead(head: ResponseHead, date: string, serverLine: string, framing: string): string {
  let text = `HTTP/1.1 ${head.status}\r\n`;
  const { headers } = head;
  for (let index = 0; index < headers.length; index += 1) {
    const header = headers[index] as Header;
    text += `${header[0]}: ${header[1]}\r\n`;
  }
  if (!head.hasDate) text += `Date: ${date}\r\n`;
  if (!head.hasServer) text += serverLine;
  return `${text}${framing}\r\n`;
}

/** A whole 103 with checked headers (RFC 8297). */
export function earlyHints(headers: readonly Header[]): string {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 103 Early Hints\r\n${lines.join('')}\r\n`;
}
