import type { EarlyHints, Environ, ErrorStream, Header, Input, SendHead, StartResponse } from '../contract/contract.ts';
import { copyEnviron } from '../environ/environ.ts';
import type { AfterResponseGuard } from './after-response-guard.ts';
import { checkHeaderList } from './head-checks.ts';
import { found } from './found.ts';
import type { Inspection } from './inspection.ts';
import type { Reporter } from './reporter.ts';
import { guardErrors, guardInput } from './stream-guards.ts';

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** `tsgi.early_hints`: its headers are checked as those of a response (R67). */
function guardHints(hints: EarlyHints, reporter: Reporter): EarlyHints {
  return (headers: Header[], ...surplus: unknown[]): void => {
    if (surplus.length > 0) {
      reporter.error(
        'R67',
        'app',
        `tsgi.early_hints was called with ${surplus.length + 1} arguments: expected the headers alone; the status is always 103`,
      );
    }
    checkHeaderList(reporter, headers, 'tsgi.early_hints');
    hints(headers);
  };
}

/** `tsgi.send_head`: there is a head to send, and it is sent (R103). */
function guardSendHead(sendHead: SendHead, { reporter, response }: Inspection): SendHead {
  return (startResponse: StartResponse, ...surplus: unknown[]): void => {
    if (typeof startResponse !== 'function' || surplus.length > 0) {
      reporter.error(
        'R103',
        'app',
        `tsgi.send_head was called with ${surplus.length > 0 ? `${surplus.length + 1} arguments` : found(startResponse)}: expected startResponse, as the application was given it`,
      );
    }
    if (!response.startCalled) {
      reporter.error(
        'R103',
        'app',
        'tsgi.send_head was called and startResponse was not: call startResponse first, for there is no head to send yet',
      );
    }
    sendHead(startResponse);
    response.headWasSent();
  };
}

/** Somebody else's environ may keep its costly values as accessors of its own, which `copyEnviron` would call. */
function copyUnread(environ: Environ): Environ {
  const hasAccessor = Object.getOwnPropertyDescriptor(environ, 'tsgi.signal')?.get !== undefined;
  if (!hasAccessor) return copyEnviron(environ);
  const copy: Environ = Object.create(Object.getPrototypeOf(environ), Object.getOwnPropertyDescriptors(environ));
  // An accessor of ours works for no such copy.
  const hasBody = { value: environ['tsgi.has_body'], writable: true, enumerable: true, configurable: true };
  return 'tsgi.has_body' in environ ? Object.defineProperty(copy, 'tsgi.has_body', hasBody) : copy;
}

/** The environ that the application gets: a copy with the streams guarded, in which nothing costly was asked for. */
export function guardEnviron(inspection: Inspection, afterResponse: AfterResponseGuard): Environ {
  const { environ, reporter } = inspection;
  const copy = copyUnread(environ);
  const change = (key: string, value: unknown): void => {
    Object.defineProperty(copy, key, { value, writable: true, enumerable: true, configurable: true });
  };
  const input: unknown = environ['tsgi.input'];
  if (isObject(input)) {
    const hasBody = environ['tsgi.has_body'] !== false;
    change('tsgi.input', guardInput(input as Input, { contentLength: environ.CONTENT_LENGTH, hasBody }, reporter));
  }
  const errors: unknown = environ['tsgi.errors'];
  if (isObject(errors)) change('tsgi.errors', guardErrors(errors as ErrorStream, reporter));
  const hints: unknown = environ['tsgi.early_hints'];
  if (typeof hints === 'function') change('tsgi.early_hints', guardHints(hints as EarlyHints, reporter));
  const sendHead: unknown = environ['tsgi.send_head'];
  if (typeof sendHead === 'function') change('tsgi.send_head', guardSendHead(sendHead as SendHead, inspection));
  afterResponse.standIn(copy);
  return copy;
}
