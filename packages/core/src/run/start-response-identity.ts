import type { StartResponse } from '../contract/contract.ts';

const originals = new WeakMap<StartResponse, StartResponse>();

/**
 * Says that a `startResponse` of a middleware stands for the one it was given: it changes nothing and needs to see
 * nothing of a response that is sent past it, so that an extension such as `tsgi.upgrade` may take it for the server's own
 * (R91). For a middleware that only watches; one that adds headers, say, must not.
 *
 * @returns `replacement`.
 */
export function standInFor(replacement: StartResponse, given: StartResponse): StartResponse {
  originals.set(replacement, given);
  return replacement;
}

/** The `startResponse` that this one stands for, by `standInFor`, through any number of them; else itself. */
export function originalStartResponse(startResponse: StartResponse): StartResponse {
  let original = startResponse;
  for (let next = originals.get(original); next !== undefined; next = originals.get(original)) original = next;
  return original;
}
