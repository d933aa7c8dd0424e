import { isPromiseLike } from '../body/body-iteration.ts';
import type { App, Body, Environ, StartResponse } from '../contract/contract.ts';
import { TsgiError } from '../contract/errors.ts';
import { FileWrapper } from '../body/file-wrapper.ts';
import { AfterResponseGuard } from './after-response-guard.ts';
import { checkArray, checkClose, checkIsBody, watchClose } from './body-checks.ts';
import { guardBody } from './body-guard.ts';
import { BodyLife } from './body-life.ts';
import { checkEnviron } from './environ-checks.ts';
import { guardEnviron } from './environ-guard.ts';
import { found } from './found.ts';
import { Inspection } from './inspection.ts';
import { countIterations, enclosingLayer, markLayer, stopCounting } from './nesting.ts';
import type { OnViolation } from './reporter.ts';
import { standInFor } from '../run/start-response-identity.ts';
import { guardStartResponse } from './start-response-guard.ts';

export interface ValidatorOptions {
  /**
   * Takes every violation; then nothing is thrown but what it throws. Default: an error is thrown as a
   * `TsgiViolationError` at the place of the fault, and a warning goes to `tsgi.errors`.
   */
  onViolation?: OnViolation | undefined;
}

/** A body that the server never gets to see is closed here (R15). */
function discard(returned: unknown): void {
  if (typeof returned !== 'object' || returned === null) return;
  const close: unknown = Reflect.get(returned, 'close');
  if (typeof close !== 'function') return;
  try {
    const closed: unknown = Reflect.apply(close, returned, []);
    if (isPromiseLike(closed)) Promise.resolve(closed).then(undefined, () => {});
  } catch {
    // The violation is what is reported.
  }
}

function guardArray(inspection: Inspection, hooks: AfterResponseGuard, chunks: readonly unknown[]): readonly unknown[] {
  stopCounting(chunks);
  checkArray(inspection, chunks);
  if (!('close' in chunks)) {
    // Nothing to watch, and no hook: a synchronous request stays free of promises.
    if (inspection.inners.length > 0) hooks.watch(undefined);
    return inspection.outer === undefined ? chunks : countIterations(inspection, chunks);
  }
  const life = new BodyLife(inspection);
  const { close } = chunks;
  const guarded = Object.assign([...chunks], {
    close(): unknown {
      life.close();
      return watchClose(inspection, close, chunks);
    },
  });
  const handed = inspection.outer === undefined ? guarded : countIterations(inspection, guarded);
  life.watch(handed);
  hooks.watch(life);
  return handed;
}

/** The application has returned, or its promise has settled. */
function finish(inspection: Inspection, hooks: AfterResponseGuard, returned: unknown): unknown {
  inspection.returned = true;
  try {
    inspection.checkSeals();
    hooks.check();
    if (!checkIsBody(inspection, returned)) return returned;
    checkClose(inspection, returned);
    if (Array.isArray(returned)) return guardArray(inspection, hooks, returned);
    // R88: a server knows the object itself, and may send its file without iterating.
    if (returned instanceof FileWrapper) return returned;
    const life = new BodyLife(inspection);
    hooks.watch(life);
    return guardBody(inspection, life, returned);
  } catch (error) {
    discard(returned);
    throw error;
  }
}

function checkConcurrency(inspection: Inspection, running: number): void {
  if (running > 0 && inspection.environ['tsgi.concurrent'] === false && inspection.outer === undefined) {
    inspection.reporter.error(
      'R41',
      'server',
      'tsgi.concurrent is false and another request is running in this thread: expected true',
    );
  }
}

/**
 * An App around an App that checks both sides of the contract: the environ and the calls of the server, the calls, heads,
 * bodies and chunks of the application. It can stand at any depth; two of them around a middleware tell which side of it
 * is at fault. What keeps to the contract is handed on as it came: the same chunks, when they are asked for, from
 * the same kind of body.
 *
 * @throws TsgiError when `app` is no function.
 */
export function validator(app: App, options: ValidatorOptions = {}): App {
  if (typeof app !== 'function') {
    throw new TsgiError(`validator was given ${found(app)}: expected an App, a function`, {
      code: 'NOT_AN_APP',
      side: 'app',
      rule: 'R1',
    });
  }
  const { onViolation } = options;
  let running = 0;

  return function validated(...args: unknown[]): Body | PromiseLike<Body> {
    const [given, startResponse] = args;
    const isObject = typeof given === 'object' && given !== null;
    const environ: Environ = isObject ? (given as Environ) : Object.create(null);
    const outer = enclosingLayer(startResponse, environ['tsgi.errors'], environ['tsgi.input']);
    const inspection = new Inspection(environ, outer, onViolation);
    const { reporter } = inspection;
    if (args.length !== 2) {
      reporter.error(
        'R1',
        'server',
        `the application was called with ${args.length} arguments: expected (environ, startResponse)`,
      );
    }
    if (!isObject) reporter.error('R20', 'server', `environ is ${found(given)}: expected an object`);
    if (typeof startResponse !== 'function') {
      reporter.error('R1', 'server', `startResponse is ${found(startResponse)}: expected a function`);
    }
    if (!isObject || typeof startResponse !== 'function') return Reflect.apply(app, undefined, args);
    checkEnviron(environ, reporter);
    checkConcurrency(inspection, running);
    const hooks = new AfterResponseGuard(inspection);
    const guardedEnviron = guardEnviron(inspection, hooks);
    const guardedStart = guardStartResponse(inspection, startResponse as StartResponse);
    // R91: `tsgi.upgrade` and `tsgi.send_head` may take it for the server's own.
    standInFor(guardedStart, startResponse as StartResponse);
    markLayer(inspection, guardedStart, guardedEnviron['tsgi.errors'], guardedEnviron['tsgi.input']);
    let returned: unknown;
    try {
      returned = app(guardedEnviron, guardedStart);
    } catch (error) {
      inspection.returned = true;
      throw error;
    }
    if (Array.isArray(returned) || !isPromiseLike(returned)) return finish(inspection, hooks, returned) as Body;
    running++;
    // A thenable need not give a promise itself.
    return Promise.resolve(returned).then(
      (settled: unknown) => {
        running--;
        return finish(inspection, hooks, settled) as Body;
      },
      (error: unknown) => {
        running--;
        inspection.returned = true;
        throw error;
      },
    );
  };
}
