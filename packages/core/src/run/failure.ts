import type { Bytes, Environ, Header } from '../contract/contract.ts';
import { TsgiError } from '../contract/errors.ts';
import { requestIdOf } from '../environ/environ.ts';
import { logEntry, logLine } from '../log/log-text.ts';
import { reasonPhrase } from './reason-phrases.ts';
import type { ResponseHead } from './response-writer.ts';

/** What `look` gives; `otherwise` where what an application threw does not let itself be looked at. */
function attempt<Result>(look: () => Result, otherwise: Result): Result {
  try {
    return look();
  } catch {
    return otherwise;
  }
}

/** What everybody calls the two, and what they, or Express's, have; an environ and a function have none of it. */
const NODE_CALL =
  /^(?:req|request|res|response)\.(?:writeHead|setHeader|end|write|send|json|status|type|on|once|pipe) is not a function$/;

const NODE_HINT =
  ' (is it an application for Node, (req, res)? That is --interface node, or fromNode of @tsgi/adapters/node)';

/** A hint where an application took environ and startResponse for the two objects of Node's `http`; mostly empty. */
export function hintAtNode(message: string): string {
  return NODE_CALL.test(message) ? NODE_HINT : '';
}

/** An error as the log shows it: with its stack where it has one. Never throws, whatever it is given. */
export function describeError(error: unknown): string {
  return attempt(() => {
    if (error instanceof TsgiError && error.side === 'peer') return logLine(error.message);
    if (!(error instanceof Error)) return logEntry(String(error));
    const stack = attempt<unknown>(() => error.stack, undefined);
    const text = typeof stack === 'string' ? stack : `${error.name}: ${error.message}`;
    const { message } = error;
    const hint = hintAtNode(message);
    return logEntry(hint === '' ? text : text.replace(message, () => message + hint));
  }, 'an error that cannot be shown');
}

/** The request that an error belongs to, by its name where it has one. Never throws, though an application may have put anything into its environ. */
export function describeRequest(environ: Environ): string {
  return attempt(() => {
    const id = requestIdOf(environ);
    const line = `${environ.REQUEST_METHOD} ${environ.REQUEST_URI}`;
    return logLine(id === undefined ? line : `[${id}] ${line}`);
  }, 'a request that cannot be shown');
}

function statusOf(error: unknown): number {
  const hint = error instanceof TsgiError && error.side === 'peer' ? error.statusHint : 500;
  // This answer has a body and is final: a hint of anybody's own making must not say otherwise.
  return Number.isInteger(hint) && hint >= 400 && hint <= 599 ? hint : 500;
}

/** The answer to a request whose application failed before its head: no detail of the error goes to the peer (R78). */
export function errorResponse(
  error: unknown,
  isHead: boolean,
): { head: ResponseHead & { headers: Header[] }; body: Bytes } {
  const code = attempt(() => statusOf(error), 500);
  const status = `${code} ${reasonPhrase(code)}`;
  const body = new TextEncoder().encode(`${status}\n`);
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
