import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { App, RunningServer } from '@tsgi/core';
import { callApp } from '@tsgi/core/testing';
import { serve as serveFcgi } from '@tsgi/fcgi-backend';
import { serve as serveHttp } from '@tsgi/http-backend';
import { serve as serveScgi } from '@tsgi/scgi-backend';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Answer } from './answer.ts';
import randomApp from './random-app.js';
import { bodyOf, plan as anyPlan, type Plan, type PlannedRequest, plannedRequest } from './request.ts';
import { overCgi, overFcgi, overHttp, overScgi, type Split } from './wires.ts';

/** The keys whose values a wire has for itself (docs/backends.md lists them). */
const OF_THE_WIRE = new Set([
  'REMOTE_PORT',
  'SCGI',
  'SERVER_PORT',
  'SERVER_SOFTWARE',
  'http.trailers',
  'tsgi.concurrent',
  'tsgi.fcgi_role',
  'tsgi.multiprocess',
  'tsgi.run_once',
]);

const app: App = randomApp;
const program = new URL('program.js', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'tsgi-wires-'));
const servers: RunningServer[] = [];
let port = 0;

beforeAll(async () => {
  const errors = (): void => {};
  const http = await serveHttp(app, { port: 0, errors });
  servers.push(http);
  port = http.port ?? 0;
  servers.push(await serveFcgi(app, { path: join(folder, 'fcgi'), errors }));
  servers.push(await serveScgi(app, { path: join(folder, 'scgi'), errors }));
});

afterAll(async () => {
  await Promise.all(servers.map((server) => server.close({ grace: 100 })));
  rmSync(folder, { recursive: true, force: true });
});

function withPlan(request: PlannedRequest, plan: Plan): PlannedRequest {
  const encoded = Buffer.from(JSON.stringify(plan)).toString('base64');
  return { ...request, headers: [...request.headers, ['X-Plan', encoded]] };
}

/** What the application says in process is what every wire has to carry. */
async function reference(request: PlannedRequest): Promise<{ answer: Answer; whole: boolean }> {
  const target = request.query === undefined ? request.path : `${request.path}?${request.query}`;
  const plan = request.headers.at(-1);
  const { status, headers, body, complete } = await callApp(app, {
    method: request.method,
    target,
    headers: plan === undefined ? [] : [plan],
    body: bodyOf(request),
  });
  return { answer: { status, headers, body: Buffer.from(body), complete }, whole: complete };
}

function environOf(answer: Answer, chunked: boolean): unknown {
  const encoded = answer.headers.find(([name]) => name === 'X-Environ')?.[1];
  if (encoded === undefined) return undefined;
  const entries: [string, unknown][] = JSON.parse(Buffer.from(encoded, 'base64').toString());
  return entries.filter(([key]) => !OF_THE_WIRE.has(key) && !(chunked && key === 'CONTENT_LENGTH'));
}

const plainHeaders = (answer: Answer): unknown => answer.headers.filter(([name]) => name !== 'X-Environ');

async function compare(
  request: PlannedRequest,
  plan: Plan,
  split: Split,
  recordSize: number,
  withCgi: boolean,
): Promise<void> {
  const asked = withPlan(request, plan);
  const { answer: expected, whole } = await reference(asked);
  const answers = await Promise.all([
    overHttp(port, asked, split),
    overFcgi(join(folder, 'fcgi'), asked, split, recordSize),
    overScgi(join(folder, 'scgi'), asked, split),
    ...(withCgi ? [overCgi(program, asked)] : []),
  ]);
  const environs = answers.map((answer) => answer && environOf(answer, request.chunked));
  for (const [index, answer] of answers.entries()) {
    // A connection that was reset may lose what was on its way, head and all.
    if (answer === undefined && !whole) continue;
    if (answer === undefined) throw new Error(`no answer over wire ${index}`);
    const wire = ['http', 'fcgi', 'scgi', 'cgi'][index];
    expect({ wire, status: answer.status }).toEqual({ wire, status: expected.status });
    expect({ wire, headers: plainHeaders(answer) }).toEqual({ wire, headers: plainHeaders(expected) });
    expect({ wire, environ: environs[index] }).toEqual({ wire, environ: environs[0] ?? environs[index] });
    // R77: what was on its way when the response failed may be lost; it is never made whole.
    if (whole) expect({ wire, same: answer.body.equals(expected.body) }).toEqual({ wire, same: true });
    else
      expect({ wire, prefix: expected.body.subarray(0, answer.body.length).equals(answer.body) }).toEqual({
        wire,
        prefix: true,
      });
    // An application that fails when all that it announced is sent is too late for HTTP to show it.
    const showsFailure = wire !== 'http' || !plan.announced || answer.body.length < expected.body.length;
    if (answer.complete !== undefined && (whole || showsFailure)) {
      expect({ wire, complete: answer.complete }).toEqual({ wire, complete: whole });
    }
  }
}

const split = fc.array(fc.oneof(fc.constantFrom(1, 2, 7, 8, 100), fc.integer({ min: 1, max: 100_000 })), {
  minLength: 1,
  maxLength: 6,
});
const recordSize = fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 61, max: 65_535 }));

it('the same request has the same environ and answer over HTTP, FastCGI and SCGI', async () => {
  await fc.assert(
    fc.asyncProperty(plannedRequest, anyPlan, split, recordSize, (request, plan, pieces, size) =>
      compare(request, plan, pieces, size, false),
    ),
    { numRuns: 250 },
  );
}, 120_000);

it('and over CGI, a process for each request', async () => {
  await fc.assert(
    fc.asyncProperty(plannedRequest, anyPlan, split, recordSize, (request, plan, pieces, size) =>
      compare(request, plan, pieces, size, true),
    ),
    { numRuns: 40 },
  );
}, 120_000);
