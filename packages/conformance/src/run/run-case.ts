import { setTimeout as delay } from 'node:timers/promises';
import type { Answer } from '../wires/answer.ts';
import type { ConformanceCase, Expectation } from './case.ts';
import { judge, needsReport } from './judge.ts';
import { bytesOf } from '../wires/request.ts';
import { Stage } from '../wires/stage.ts';
import { schemeOf, type Target } from '../wires/target.ts';
import type { Report } from '../app/trace.ts';

/** What became of one case on one server. */
export interface CaseResult {
  readonly name: string;
  readonly rule: string;
  /** The hazard that the table has it under; `startCases` sets it. */
  readonly group?: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** Why it failed: each a sentence with what was found and what was expected. */
  readonly problems: readonly string[];
  /** Why it was skipped. */
  readonly reason?: string;
  /** The server could not even be asked. */
  readonly unreachable?: true;
}

/** How one case is run. */
export interface CaseOptions {
  /** Milliseconds that anything which must happen may take. Default 10 000. */
  patience?: number;
  /** A validator is around the application: what it says of an application that is right fails the case. */
  validated?: boolean;
}

const PATIENCE = 10_000;

/** What never happens has no moment at which it can be seen: this long is waited for it, once all else is there. */
const SETTLE_MS = 20;

/** How often a check that fails looks again. */
const MOST_LOOKS = 50;

const NO_REPORT: Report = { calls: 0, events: [], notes: {}, violations: [] };

async function converse(stage: Stage): Promise<Answer> {
  const peer = await stage.open();
  peer.sendHead();
  for (const piece of stage.request().body ?? []) peer.sendBody(bytesOf(piece));
  peer.endBody();
  return peer.finish();
}

async function settledReport(stage: Stage, expected: Expectation): Promise<Report> {
  const { events = [], notes = {} } = expected;
  const keys = Object.keys(notes);
  const report = await stage.report(
    (seen) =>
      seen.events.length >= events.length &&
      keys.every((key) => Object.hasOwn(seen.notes, key) || 'absent' in seen.notes),
  );
  if (expected.events === undefined) return report;
  await delay(SETTLE_MS);
  return stage.report();
}

/** Runs one case against a server that serves the kit's application. Never rejects: whatever goes wrong is a failure. */
export async function runCase(found: ConformanceCase, target: Target, options: CaseOptions = {}): Promise<CaseResult> {
  const { name, rule } = found;
  if (found.needsReset === true && 'path' in target && target.wire !== 'fcgi' && target.wire !== 'http2') {
    return { name, rule, outcome: 'skipped', problems: [], reason: 'a UNIX socket cannot be reset' };
  }
  const stage = new Stage(target, name, found.request ?? {}, options.patience ?? PATIENCE);
  const expected = typeof found.expect === 'function' ? found.expect(target.wire, schemeOf(target)) : found.expect;
  try {
    const answer = await (found.talk ?? converse)(stage);
    const isReported = needsReport(expected) || found.optional === true || options.validated === true;
    let report = isReported ? await settledReport(stage, expected) : NO_REPORT;
    const { absent } = report.notes;
    if (found.optional === true && typeof absent === 'string') {
      return { name, rule, outcome: 'skipped', problems: [], reason: `the server has no ${absent}` };
    }
    const judged = (): string[] => judge({ wire: target.wire, answer, report, client: stage.client }, expected, target);
    let problems = judged();
    // Whoever has the whole answer may ask before the body is closed and the hooks have run: in another process that takes a moment.
    const looks = isReported && expected.check !== undefined ? MOST_LOOKS : 0;
    for (let look = 0; look < looks && problems.length > 0; look++) {
      await delay(SETTLE_MS);
      report = await stage.report();
      problems = judged();
    }
    if (found.breaks === undefined) problems.push(...report.violations);
    return { name, rule, outcome: problems.length === 0 ? 'passed' : 'failed', problems };
  } catch (error) {
    const problem = error instanceof Error ? error.message || error.name : String(error);
    const failed = { name, rule, outcome: 'failed', problems: [problem] } as const;
    return isUnreachable(error) ? { ...failed, unreachable: true } : failed;
  } finally {
    stage.close();
  }
}

/** Nobody listens there. */
function isUnreachable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ECONNREFUSED' || error.code === 'ENOENT');
}
