import type { App, StartResponse } from '../../contract/contract.ts';
import { copyEnviron } from '../../environ/environ.ts';
import { createErrorStream } from '../../environ/error-stream.ts';
import { rules } from '../catalogue.ts';
import { validator } from '../validator.ts';
import type { Violation } from '../violation.ts';
import { lenientStart } from './lenient-start.ts';
import { placeHere, placeIn, type Place } from './place.ts';
import { battery, probeName, type Probe } from './probes.ts';
import { ReportBuilder, type CheckReport } from './report.ts';
import { runProbe, type Patience } from './run-probe.ts';

/** What is asked of an application, and how long it may take. */
export interface CheckOptions {
  /** Paths, percent-encoded, with a query or without: each gets the whole battery. Default: `/`. */
  paths?: readonly string[] | undefined;
  /** Milliseconds to the head of an answer; without one by then the application has failed. Default 10 000. */
  timeout?: number | undefined;
  /** Takes what the application writes to `tsgi.errors`. Default: nobody does. */
  log?: ((text: string) => void) | undefined;
}

const TIMEOUT = 10_000;
const BODY_TIMEOUT = 2000;
const LEAVING_TIMEOUT = 2000;
/** An application that hung once, or streams, need not be waited for as long again. */
const AGAIN: Patience = { head: 1000, body: 200, leaving: 200 };

const titles: ReadonlyMap<string, string> = new Map(rules.map((rule) => [rule.id, rule.title]));

/** The application, with a note of where it last called `startResponse`, and with what status. */
function noting(app: App, note: (place: Place | undefined, status: unknown) => void): App {
  return (environ, startResponse) => {
    const start = (...args: unknown[]): unknown => {
      note(placeHere(), args[0]);
      return Reflect.apply(startResponse, undefined, args);
    };
    return app(environ, start as StartResponse);
  };
}

/** What the run loop logged, `GET /: Error: …` with a stack, unless it only says what the validator has said already. */
function addFailure(report: ReportBuilder, text: string, request: string, isReported: boolean): void {
  const message = text.slice(text.indexOf(': ') + 2).split('\n', 1)[0] ?? '';
  if (isReported && /^(?:\w*Error: )?R\d+: /.test(message)) return;
  report.failure({ message: message === '' ? 'an error without a message' : message, place: placeIn(text) }, request);
}

async function check(
  app: App,
  probe: Probe,
  patience: Patience,
  report: ReportBuilder,
  log: (text: string) => void,
): Promise<Patience> {
  const request = probeName(probe);
  let begun: Place | undefined;
  let isReported = false;
  let isServerError = false;
  const onViolation = ({ rule, severity, side, message, docs }: Violation): void => {
    if (severity === 'error') isReported = true;
    const place = placeHere();
    const near = place === undefined ? begun : undefined;
    report.finding({ rule, title: titles.get(rule) ?? '', severity, side, message, docs, place, near }, request);
  };
  const noted = noting(app, (place, status) => {
    begun = place;
    isServerError = typeof status === 'string' && status.startsWith('5');
  });
  const validated = validator(noted, { onViolation });
  // What the application writes is its own log; what the run loop writes is what went wrong.
  const errors = createErrorStream(log);
  const served: App = (environ, startResponse) =>
    validated(copyEnviron(environ, { 'tsgi.errors': errors }), lenientStart(startResponse));
  const { logged, noAnswer, wasLeft, stayed } = await runProbe(served, probe, patience);
  if (isServerError) report.serverError();
  if (noAnswer)
    report.failure({ message: `gave no answer within ${patience.head / 1000} s`, place: undefined }, request);
  // With a peer that went, an application may well throw.
  else if (probe.peer === undefined || probe.peer === 'slow') {
    for (const text of logged) addFailure(report, text, request, isReported);
  }
  return {
    head: noAnswer ? Math.min(patience.head, AGAIN.head) : patience.head,
    body: wasLeft ? AGAIN.body : patience.body,
    leaving: stayed ? AGAIN.leaving : patience.leaving,
  };
}

/**
 * Runs a battery of requests against an application under the validator, in process: every kind of method, odd paths,
 * bodies of every kind, HEAD, peers that leave and peers that are slow. Never rejects for what the application does.
 */
export async function checkApp(app: App, options: CheckOptions = {}): Promise<CheckReport> {
  const { paths = ['/'], log = () => {} } = options;
  const report = new ReportBuilder();
  let patience: Patience = { head: options.timeout ?? TIMEOUT, body: BODY_TIMEOUT, leaving: LEAVING_TIMEOUT };
  for (const probe of battery(paths)) {
    report.request();
    patience = await check(app, probe, patience, report, log);
  }
  return report.report();
}
