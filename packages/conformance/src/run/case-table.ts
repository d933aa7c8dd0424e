import type { CaseGroup, ConformanceCase } from './case.ts';
import { acceptedHeads } from '../cases/accepted-heads.ts';
import { backpressure } from '../cases/backpressure.ts';
import { bodilessAnswers } from '../cases/bodiless.ts';
import { bodyArrival } from '../cases/body-arrival.ts';
import { bodyBoundaries } from '../cases/body-boundaries.ts';
import { bodyShapes } from '../cases/body-shapes.ts';
import { calling } from '../cases/calling.ts';
import { cgiPrograms } from '../cases/cgi-programs.ts';
import { concurrency } from '../cases/concurrency.ts';
import { contentLength } from '../cases/content-length.ts';
import { disconnect } from '../cases/disconnect.ts';
import { earlyHead } from '../cases/early-head.ts';
import { environKeys } from '../cases/environ-keys.ts';
import { errorStream } from '../cases/error-stream.ts';
import { excInfo } from '../cases/exc-info.ts';
import { failure } from '../cases/failure.ts';
import { fcgiAborts } from '../cases/fcgi-aborts.ts';
import { fcgiManagement } from '../cases/fcgi-management.ts';
import { fcgiRecords } from '../cases/fcgi-records.ts';
import { fcgiRefusals } from '../cases/fcgi-refusals.ts';
import { httpConnection } from '../cases/http-connection.ts';
import { httpContinue } from '../cases/http-continue.ts';
import { httpRefusals } from '../cases/http-refusals.ts';
import { iteration } from '../cases/iteration.ts';
import { lateHead } from '../cases/late-head.ts';
import { metaVariableCases } from '../cases/meta-variables.ts';
import { optionalServices } from '../cases/optional-services.ts';
import { requestBody } from '../cases/request-body.ts';
import { requestHeaders } from '../cases/request-headers.ts';
import { requestTargets } from '../cases/request-targets.ts';
import { responseHeads } from '../cases/response-heads.ts';
import { scgiRequests } from '../cases/scgi-requests.ts';
import { teardown } from '../cases/teardown.ts';
import { writing } from '../cases/writing.ts';
import { type NamedWire, namesOf, type Wire } from '../wires/wire.ts';

/** The table: every case, by hazard. */
export const caseGroups: readonly CaseGroup[] = [
  calling,
  environKeys,
  requestTargets,
  requestHeaders,
  metaVariableCases,
  requestBody,
  bodyArrival,
  bodyBoundaries,
  errorStream,
  bodyShapes,
  iteration,
  teardown,
  acceptedHeads,
  responseHeads,
  lateHead,
  earlyHead,
  excInfo,
  writing,
  contentLength,
  bodilessAnswers,
  failure,
  disconnect,
  backpressure,
  concurrency,
  optionalServices,
  httpConnection,
  httpContinue,
  httpRefusals,
  fcgiRecords,
  fcgiManagement,
  fcgiRefusals,
  fcgiAborts,
  scgiRequests,
  cgiPrograms,
];

/** The same cases in one list. */
export const cases: readonly ConformanceCase[] = caseGroups.flatMap((group) => group.cases);

const byName = new Map(cases.map((found) => [found.name, found]));

/** The case of this name. */
export function caseNamed(name: string): ConformanceCase | undefined {
  return byName.get(name);
}

const groupByName = new Map(caseGroups.flatMap(({ hazard, cases: found }) => found.map(({ name }) => [name, hazard])));

/** The hazard that a case is about; its own name, for one that is not in the table. */
export function groupOf(name: string): string {
  return groupByName.get(name) ?? name;
}

/**
 * The cases that a server on this wire has to pass.
 *
 * @param client of a wire that is none of the kit's own.
 * @throws TypeError for an unknown wire.
 */
export function casesFor(wire: Wire, client?: NamedWire): ConformanceCase[] {
  const names = namesOf(wire, client);
  return cases.filter((found) => found.wires === undefined || found.wires.some((name) => names.includes(name)));
}
