import type { Body, Header, StartResponse } from '@tsgi/core';

/** The status as its own page. */
export function plainAnswer(startResponse: StartResponse, status: string, headers: readonly Header[] = []): Body {
  startResponse(status, [['Content-Type', 'text/plain; charset=utf-8'], ...headers]);
  return [Buffer.from(`${status}\n`)];
}
