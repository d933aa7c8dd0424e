import type { App, Body, Environ, StartResponse } from '../contract/contract.ts';
import { carriedHeaders, withHeaders, withHeadersOfFile } from './carried-headers.ts';
import type { CgiAnswer } from './cgi-answer.ts';
import type { ForwardSettings } from './gateway-options.ts';
import { localRedirect } from './local-redirect.ts';
import { fileEnviron, splitFileHeaders } from './sent-file.ts';

/**
 * Gives an answer to the client, or that to the request which it redirects to instead, or the file that it names.
 *
 * @param gateway whose answer it is.
 * @throws what waiting for the head throws, and `REDIRECT_LOOP`. The answer is closed then.
 */
export async function passOnAnswer(
  answer: CgiAnswer,
  environ: Environ,
  startResponse: StartResponse,
  gateway: App,
  { redirectTo, sendfile }: ForwardSettings,
): Promise<Body> {
  try {
    const head = await answer.head();
    const { headers, file } = splitFileHeaders(head.headers);
    if (file !== undefined && sendfile !== undefined) {
      answer.close();
      return await sendfile.app(fileEnviron(environ, file, sendfile), withHeadersOfFile(startResponse, headers));
    }
    const mount = redirectTo === undefined ? environ.SCRIPT_NAME : '';
    const target = head.location === undefined ? undefined : localRedirect(environ, head.location, mount);
    if (target !== undefined) {
      answer.close();
      return await (redirectTo ?? gateway)(target, withHeaders(startResponse, carriedHeaders(headers)));
    }
    startResponse(head.status, headers);
    answer.expectBody(environ.REQUEST_METHOD, head.status, headers);
    // The length of an array is sent (R82), and that of an answer to HEAD is not known by its body.
    const whole = environ.REQUEST_METHOD === 'HEAD' ? undefined : answer.takeWhole();
    if (whole === undefined && answer.isWaiting) sendHeadSoon(answer, environ, startResponse);
    return whole ?? answer;
  } catch (error) {
    answer.close();
    throw error;
  }
}

/**
 * An answer whose head came alone may be one that is slow to begin, a stream of events: its head goes on by itself (R103),
 * unless its body follows within a turn of the loop.
 */
function sendHeadSoon(answer: CgiAnswer, environ: Environ, startResponse: StartResponse): void {
  setTimeout(() => {
    if (!answer.isWaiting) return;
    try {
      environ['tsgi.send_head']?.(startResponse);
    } catch {
      // A middleware has a head of its own to send (R91): then it leaves with the first byte.
    }
  }, 0);
}
