import type { Environ } from '../contract/contract.ts';
import { TsgiError } from '../contract/errors.ts';
import { logLine } from '../log/log-text.ts';
import type { CgiAnswer } from './cgi-answer.ts';
import { ConnectTime } from './connect-time.ts';
import type { ForwardedBody } from './body-pump.ts';
import { isIdempotent } from './idempotent.ts';
import { type Change, type Target, type Targets, TargetUse, type Verdict } from './targets.ts';

/** What an error of a gateway says of the target. All others are the client's, or this process's own. */
const VERDICTS: ReadonlyMap<string, Verdict> = new Map([
  ['CONNECT_FAILED', 'unreachable'],
  ['CONNECT_TIMEOUT', 'unreachable'],
  ['OVERLOADED', 'unreachable'],
  ['CANT_MPX_CONN', 'unreachable'],
  ['UNKNOWN_ROLE', 'unreachable'],
  ['CONNECTION_LOST', 'failed'],
  ['CONNECTION_FAILED', 'failed'],
  ['RESPONSE_TIMEOUT', 'failed'],
  ['BAD_CGI_RESPONSE', 'failed'],
  ['BAD_FCGI_RESPONSE', 'failed'],
  // It waited for a connection of a target: one that went out meanwhile, as others have said, or has none to give.
  ['TURNED_AWAY', 'undecided'],
  ['POOL_EXHAUSTED', 'undecided'],
]);

/** A request that has begun to be sent. */
export interface SentRequest {
  readonly answer: CgiAnswer;
  /** Its connection has carried a request before: the target may have closed it just now. */
  readonly reused: boolean;
}

/** How a wire sends one request to one of the targets. */
export interface Carrier<Way> {
  /**
   * Connects, and begins to send.
   *
   * @param time what connecting may take, and is told when it took that in vain.
   * @param isNew over a connection that has carried nothing before.
   * @throws what it failed with before anything was sent.
   */
  send(way: Way, time: ConnectTime, isNew: boolean): SentRequest | Promise<SentRequest>;
  /** The target is left out from now on: what waits for it can go to another one. */
  wentOut?(way: Way): void;
}

/** A request, and what bounds the attempts to get it answered. */
export interface ForwardedRequest {
  readonly environ: Environ;
  readonly body: ForwardedBody;
  /** Milliseconds, for all attempts together. */
  readonly connectTimeout: number;
}

/**
 * Has a request answered by one of the targets: waits for the head of the answer.
 *
 * A request that no target has begun with is sent to the next, as long as there is one and time to connect: whatever its method,
 * if its body is whole. One that may have been begun, for its connection was lost or no answer came, is sent once more if its
 * method is idempotent (RFC 9110 §9.2.2), and never otherwise: no POST runs twice.
 *
 * @throws TsgiError what the last attempt failed with (400, 502, 503, 504), or the reason of `tsgi.signal`.
 */
export async function askTargets<Way>(
  targets: Targets<Way>,
  request: ForwardedRequest,
  carrier: Carrier<Way>,
): Promise<CgiAnswer> {
  const { environ, body } = request;
  const time = new ConnectTime(request.connectTimeout);
  const tried: Target<Way>[] = [];
  // It may have been begun once before.
  let isSecond = false;
  let isNew = false;
  time.divide(targets.all.length > 1);
  const begun = performance.now();
  let use = targets.choose(tried, begun);
  if (use === undefined) throw new RangeError('a gateway needs a target');
  for (;;) {
    const target: Target<Way> = use.target;
    let sent: SentRequest | undefined;
    let failure: unknown;
    try {
      const sending = carrier.send(target.way, time, isNew);
      sent = sending instanceof Promise ? await sending : sending;
      sent.answer.countedBy(use);
      await sent.answer.head();
      // When it was is no matter: an answer ends every pause.
      announce(use.judge('answered', begun), targets, target, environ);
      return sent.answer;
    } catch (error) {
      failure = error;
    }
    use.end();
    const code = failure instanceof TsgiError ? failure.code : '';
    const isStale = sent !== undefined && sent.reused && !sent.answer.begun && isOldConnections(code);
    const verdict = (isStale ? undefined : VERDICTS.get(code)) ?? 'undecided';
    const change = use.judge(verdict, performance.now());
    if (change === 'out' && targets.all.length > 1) carrier.wentOut?.(target.way);
    announce(change, targets, target, environ, failure);

    if (!VERDICTS.has(code) || environ['tsgi.signal'].aborted) throw failure;
    if (sent !== undefined) {
      const isUnread = VERDICTS.get(code) === 'unreachable';
      if (!body.replayable || sent.answer.begun || !(isUnread || (!isSecond && isIdempotent(environ.REQUEST_METHOD))))
        throw failure;
      isSecond ||= !isUnread;
      isNew = isSecond || isStale;
    }
    if (isStale) {
      use = new TargetUse(target, performance.now());
      continue;
    }
    tried.push(target);
    const hasOthers = tried.length + 1 < targets.all.length;
    const next: TargetUse<Way> | undefined = time.divide(hasOthers)
      ? targets.choose(tried, performance.now())
      : undefined;
    if (next === undefined) throw failure;
    target.passOn();
    use = next;
  }
}

/** What a kept connection may fail with although its target is well: it was just being closed, or carries another request. */
function isOldConnections(code: string): boolean {
  return code === 'CONNECTION_LOST' || code === 'CANT_MPX_CONN';
}

/** One line when a target goes out, and one when it is back. Where there is only one, each request says it already. */
function announce<Way>(
  change: Change,
  { all }: Targets<Way>,
  target: Target<Way>,
  environ: Environ,
  failure?: unknown,
): void {
  if (change === undefined || all.length === 1) return;
  const reason = failure instanceof Error ? failure.message : String(failure);
  const text =
    change === 'back'
      ? `${target.name} answers again`
      : `${target.name} is left out, and tried again in ${target.pause / 1000} s: ${reason}`;
  try {
    environ['tsgi.errors'].write(`gateway: ${logLine(text)}\n`);
  } catch {
    // A log that fails is no matter of the request.
  }
}
