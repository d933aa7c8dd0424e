import type { App } from '@tsgi/core';
import { casesFor, groupOf } from './case-table.ts';
import type { ConformanceCase } from './case.ts';
import { createConformanceApp } from '../app/conformance-app.ts';
import type { Driver } from './driver.ts';
import { runCase, type CaseResult } from './run-case.ts';
import { type Stop, StillAnswering } from './still-answering.ts';
import { clientOf, isProgram, type Target } from '../wires/target.ts';
import type { Trace } from '../app/trace.ts';
import { titleOfWire } from '../wires/wire.ts';

/** How the table is run. */
export interface RunOptions {
  /** Default: all that the wire allows. */
  cases?: readonly ConformanceCase[];
  /** Cases at a time. Default 6; for CGI, where each is a process, 3. */
  concurrency?: number;
  /** Milliseconds that anything which must happen may take. Default 10 000. */
  patience?: number;
  /** A validator is around the application: what it says of an application that is right fails the case. */
  validated?: boolean;
  /** Called with each result, in the order in which they come. */
  onResult?: (result: CaseResult) => void;
}

/** The table, run against one server. */
export interface Run {
  readonly name: string;
  /** Its title: `FastCGI`. */
  readonly wire: string;
  /** In the order of the table; only those that were asked. */
  readonly results: readonly CaseResult[];
  /** The server stopped answering, and how many cases were not asked any more. */
  readonly stopped?: Stop & { readonly unasked: number };
}

const CONCURRENCY = 6;
const PROGRAMS_AT_ONCE = 3;

/**
 * Starts each case as soon as one before it has ended, and gives the promises of all results, in order. When the server
 * answers no more, the rest is not asked: these cases fail and say so.
 */
export function startCases(
  target: Target,
  options: RunOptions = {},
  server: StillAnswering = new StillAnswering(target),
): Promise<CaseResult>[] {
  const { cases = casesFor(target.wire, clientOf(target)), onResult } = options;
  const limit = options.concurrency ?? (isProgram(target) ? PROGRAMS_AT_ONCE : CONCURRENCY);
  const lanes: Promise<unknown>[] = Array.from({ length: limit }, () => Promise.resolve());
  const ask = async (found: ConformanceCase): Promise<CaseResult> => {
    if (server.stop !== undefined) return notAsked(found, server.stop);
    server.started(found.name);
    const result = { ...(await runCase(found, target, options)), group: groupOf(found.name) };
    await server.ended(result);
    return server.stop !== undefined && result.unreachable === true ? notAsked(found, server.stop) : result;
  };
  return cases.map((found, index) => {
    const lane = index % limit;
    const result = (lanes[lane] ?? Promise.resolve()).then(() => ask(found));
    lanes[lane] = result;
    return result.then((done) => {
      onResult?.(done);
      return done;
    });
  });
}

function notAsked({ name, rule }: ConformanceCase, { during, after, problem }: Stop): CaseResult {
  const when = during === undefined ? `after ${after ?? 'the start'}` : `with ${during}`;
  const problems = [`not asked: the server stopped answering ${when} (${problem})`];
  return { name, rule, group: groupOf(name), outcome: 'failed', problems, unreachable: true };
}

/** Judges a server that serves the kit's application already. */
export async function runTarget(name: string, target: Target, options: RunOptions = {}): Promise<Run> {
  const server = new StillAnswering(target);
  const all = await Promise.all(startCases(target, options, server));
  const wire = titleOfWire(target.wire, clientOf(target));
  if (server.stop === undefined) return { name, wire, results: all };
  const results = all.filter(({ unreachable }) => unreachable !== true);
  return { name, wire, results, stopped: { ...server.stop, unasked: all.length - results.length } };
}

/**
 * Starts a server with the kit's application, judges it and stops it.
 *
 * @param wrap is put around the application of each case, such as a validator; not for programs, which serve what they
 *   serve.
 */
export async function runDriver(
  driver: Driver,
  options: RunOptions & { wrap?: (app: App, trace: Trace) => App } = {},
): Promise<Run> {
  const { wrap } = options;
  const server = await driver.start(createConformanceApp(wrap === undefined ? {} : { wrap }));
  try {
    return await runTarget(driver.name, server.target, options);
  } finally {
    await server.stop();
  }
}
