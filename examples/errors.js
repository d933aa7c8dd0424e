const encoder = new TextEncoder();
/** @type {import('@tsgi/core').Header[]} */
const TEXT = [['Content-Type', 'text/plain; charset=utf-8']];

/** Fails when its first line has left for the client. */
function* brokenHalfWay() {
  yield encoder.encode('The first half of the answer, and then\n');
  throw new Error('the second half is missing');
}

/**
 * The four ways in which an answer can fail, and what the server makes of each.
 *
 * @type {import('@tsgi/core').App}
 */
export default function errors(environ, startResponse) {
  switch (environ.PATH_INFO) {
    case '/before':
      // Nothing was sent: the server logs the error and answers 500, without a word of it to the client (R77, R78).
      throw new Error('thrown before the head');

    case '/replaced': {
      startResponse('200 OK', [...TEXT, ['X-Leftover', 'from the answer that failed']]);
      const error = new Error('found out too late');
      // Still nothing was sent: status and headers are replaced, all of them (R71).
      startResponse('503 Service Unavailable', TEXT, error);
      return [encoder.encode('Out of order, and said in time.\n')];
    }

    case '/after':
      // The head is gone when this fails: the server cuts the answer so that it never looks complete (R77).
      startResponse('200 OK', TEXT);
      return brokenHalfWay();

    case '/short':
      // Fewer bytes than were promised: the same cut (R81).
      startResponse('200 OK', [...TEXT, ['Content-Length', '100']]);
      return [encoder.encode('ten bytes\n')];

    default:
      startResponse('200 OK', TEXT);
      return [encoder.encode('/before  /replaced  /after  /short\n')];
  }
}
