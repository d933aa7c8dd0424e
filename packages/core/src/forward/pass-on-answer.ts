import type { CgiHead } from '../cgi/cgi-head-parser.ts';
import type { App, Body, Bytes, Environ, Header, StartResponse } from '../contract/contract.ts';
import { localRedirect } from './local-redirect.ts';

/** The answer to a request that was forwarded: first its head, then it is the body. */
export interface ForwardedAnswer extends AsyncIterableIterator<Bytes> {
  /** @throws TsgiError with the status to answer instead. */
  head(): Promise<CgiHead>;
  /** Holds the body to the length that its head announces, where a body follows at all. */
  expectBody(method: string, status: string, headers: readonly Header[]): void;
  close(): void;
}

/** Who answers the local redirects of a gateway (RFC 3875 §6.2.2). */
export interface RedirectSettings {
  /** With the whole path in PATH_INFO. Without one the gateway itself does, for a path inside its mount. */
  readonly redirectTo: App | undefined;
}

/**
 * Gives an answer to the client, or that to the request which it redirects to instead.
 *
 * @param gateway whose answer it is.
 * @throws what waiting for the head throws, and `REDIRECT_LOOP`. The answer is closed then.
 */
export async function passOnAnswer(
  answer: ForwardedAnswer,
  environ: Environ,
  startResponse: StartResponse,
  gateway: App,
  { redirectTo }: RedirectSettings,
): Promise<Body> {
  try {
    const { status, headers, location } = await answer.head();
    const mount = redirectTo === undefined ? environ.SCRIPT_NAME : '';
    const target = location === undefined ? undefined : localRedirect(environ, location, mount);
    if (target === undefined) {
      startResponse(status, headers);
      answer.expectBody(environ.REQUEST_METHOD, status, headers);
      return answer;
    }
    answer.close();
    return await (redirectTo ?? gateway)(target, startResponse);
  } catch (error) {
    answer.close();
    throw error;
  }
}
