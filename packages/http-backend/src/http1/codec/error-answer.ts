import type { TsgiError } from '@tsgi/core';
import { reasonPhrase } from '@tsgi/core/server';

/** What is said to the peer, in bytes of ASCII. */
export function errorText(error: TsgiError): string {
  // Printable ASCII: what was found in a bad request is quoted back as text, and may be anything.
  return `${statusOf(error)}: ${error.message.replace(/[^\x20-\x7e]/g, '?')}\n`;
}

function statusOf(error: TsgiError): string {
  return `${error.statusHint} ${reasonPhrase(error.statusHint)}`;
}

/**
 * The whole answer to a request that was refused before an application saw it. The connection ends with it.
 *
 * @param date the value of `Date`.
 * @param method a HEAD is answered without a body (R84).
 */
export function errorAnswer(error: TsgiError, date: string, serverLine: string, method: string): string {
  const body = errorText(error);
  return (
    `HTTP/1.1 ${statusOf(error)}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${body.length}\r\n` +
    `Date: ${date}\r\n${serverLine}Connection: close\r\n\r\n${method === 'HEAD' ? '' : body}`
  );
}
