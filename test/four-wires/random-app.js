// An application that does what the request's X-Plan header says. Plain JavaScript, so that a CGI program runs it too.
import { createHash } from 'node:crypto';

/** @typedef {{ shape: string, status: string, headers: [string, string][], late: boolean, chunks: number[],
 *   announced: boolean, failure: string, replaced: boolean, reads: boolean }} Plan */

/** @param {number} length @param {number} seed */
export function fill(length, seed) {
  const chunk = new Uint8Array(length);
  for (let index = 0; index < length; index += 1) chunk[index] = (index * 7 + seed * 31) & 255;
  return chunk;
}

/** @param {import('@tsgi/core').Environ} environ */
function report(environ) {
  const entries = Object.keys(environ)
    .filter((key) => key !== 'HTTP_X_PLAN')
    .toSorted()
    .map((key) => {
      const value = environ[key];
      const plain = typeof value === 'string' || typeof value === 'boolean' || Array.isArray(value);
      return [key, plain ? value : typeof value];
    });
  return Buffer.from(JSON.stringify(entries)).toString('base64');
}

/** @type {import('@tsgi/core').App} */
export default function randomApp(environ, startResponse) {
  /** @type {Plan} */
  const plan = JSON.parse(Buffer.from(environ.HTTP_X_PLAN ?? '', 'base64').toString());
  const total = plan.chunks.reduce((sum, length) => sum + length, 0);

  /** @param {string} body */
  const start = (body) => {
    /** @type {[string, string][]} */
    const headers = [...plan.headers, ['X-Environ', report(environ)], ['X-Body', body]];
    if (plan.announced) headers.push(['Content-Length', String(total)]);
    if (plan.replaced) {
      startResponse('200 OK', [
        ['X-Leak', 'yes'],
        ['Content-Length', '1'],
      ]);
      return startResponse(plan.status, headers, new Error('replaced'));
    }
    return startResponse(plan.status, headers);
  };
  const digest = async () => {
    if (!plan.reads) return '-';
    const hash = createHash('sha256');
    for await (const chunk of environ['tsgi.input']) hash.update(chunk);
    return hash.digest('hex');
  };
  const fail = () => {
    throw new Error('planned');
  };

  if (plan.shape === 'array' || plan.shape === 'promise') {
    if (plan.shape === 'promise') {
      return (async () => {
        const body = await digest();
        if (plan.failure === 'before') fail();
        start(body);
        return plan.chunks.map(fill);
      })();
    }
    if (plan.failure === 'before') fail();
    start('-');
    return plan.chunks.map(fill);
  }
  if (plan.shape === 'write') {
    return (async () => {
      const body = await digest();
      const write = start(body);
      for (const [index, length] of plan.chunks.entries()) {
        if (index % 2 === 0) await write(fill(length, index));
        else void write(fill(length, index));
        if (plan.failure === 'after' && length > 0) fail();
      }
      return [];
    })();
  }
  if (plan.shape === 'generator') {
    if (!plan.late) start('-');
    return (function* chunks() {
      if (plan.late) start('-');
      if (plan.failure === 'before') fail();
      for (const [index, length] of plan.chunks.entries()) {
        yield fill(length, index);
        if (plan.failure === 'after' && length > 0) fail();
      }
    })();
  }
  if (!plan.late) start('-');
  return (async function* chunks() {
    if (plan.late) start(await digest());
    if (plan.failure === 'before') fail();
    for (const [index, length] of plan.chunks.entries()) {
      if (index % 3 === 1) await new Promise((resolve) => setImmediate(resolve));
      yield fill(length, index);
      if (plan.failure === 'after' && length > 0) fail();
    }
  })();
}
