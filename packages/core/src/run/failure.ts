import type { Bytes, Header } from '../contract/contract.ts';
import { TsgiError } from '../contract/errors.ts';
import { reasonPhrase } from './reason-phrases.ts';
import type { ResponseHead } from './response-writer.ts';

const encoder = new TextEncoder();

/** What a peer sent, for the log: it must not forge a line of it, or drive a terminal (HAProxy f495d48). */
export function withoutControls(text: string): string {
  return text.replace(/[\0-\x1f\x7f-\x9f]/g, '?');
}

/** An error as a log line shows it: with its stack where it has one. */
export function describeError(error: unknown): string {
  if (error instanceof TsgiError && error.side === 'peer') return withoutControls(error.message);
  if (error instanceof Error) return error.stack ?? error.message;
  try {
    return String(error);
  } catch {
    return 'an error that cannot be shown';
  }
}

/** The answer to a request whose application failed before its head: no detail of the error goes to the peer (R78). */
export function errorResponse(
  error: unknown,
  isHead: boolean,
): { head: ResponseHead & { headers: Header[] }; body: Bytes } {
  const hint = error instanceof TsgiError && error.side === 'peer' ? error.statusHint : 500;
  // This answer has a body and is final: a hint of anybody's own making must not say otherwise.
  const code = Number.isInteger(hint) && hint >= 400 && hint <= 599 ? hint : 500;
  const status = `${code} ${reasonPhrase(code)}`;
  const body = encoder.encode(`${status}\n`);
  const headers: Header[] = [
    ['Content-Type', 'text/plain; charset=utf-8'],
    ['Content-Length', String(body.byteLength)],
  ];
  const head = {
    status,
    code,
    headers,
    contentLength: body.byteLength,
    hasDate: false,
    hasServer: false,
    hasBody: !isHead,
  };
  return { head, body };
}
