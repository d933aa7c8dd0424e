import { readFileSync } from 'node:fs';
import type { App, Body, Header, StartResponse } from '@tsgi/core';
import { addUp } from './add-up.ts';
import { BUCKETS } from './figures.ts';
import type { Status } from './status.ts';

const encoder = new TextEncoder();

/** Nothing of the page comes from elsewhere, and nothing in it can be made to run. */
const PAGE_HEADERS: Header[] = [
  [
    'Content-Security-Policy',
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  ],
  ['X-Content-Type-Options', 'nosniff'],
  ['Referrer-Policy', 'no-referrer'],
];

const PAGE = new URL('../../status-page/', import.meta.url);

const FILES: Readonly<Record<string, readonly [file: string, type: string]>> = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/status.css': ['status.css', 'text/css; charset=utf-8'],
  '/status.js': ['status.js', 'text/javascript; charset=utf-8'],
};

/** What is answered at the address of `--metrics`: figures, health, and a page for people. */
export function metricsApp(status: () => Status): App {
  const files = new Map<string, string>();
  const file = (name: string): string => {
    let text = files.get(name);
    if (text === undefined) files.set(name, (text = readFileSync(new URL(name, PAGE), 'utf8')));
    return text;
  };
  return ({ REQUEST_METHOD: method, SCRIPT_NAME: mount, PATH_INFO: info }, startResponse): Body | Promise<Body> => {
    const path = mount + info;
    if (method !== 'GET' && method !== 'HEAD') {
      return answer(startResponse, '405 Method Not Allowed', 'text/plain', 'GET and HEAD only\n', [
        ['Allow', 'GET, HEAD'],
      ]);
    }
    const found = Object.hasOwn(FILES, path) ? FILES[path] : undefined;
    if (found !== undefined) return answer(startResponse, '200 OK', found[1], file(found[0]), PAGE_HEADERS);
    switch (path) {
      case '/favicon.ico':
        // A browser asks for it beside what is not the page.
        startResponse('204 No Content', []);
        return [];
      case '/metrics':
        return metrics(startResponse, status());
      case '/health':
        return answer(startResponse, '200 OK', 'text/plain', 'alive\n');
      case '/ready': {
        const { notReady } = status();
        if (notReady === undefined) return answer(startResponse, '200 OK', 'text/plain', 'ready\n');
        return answer(startResponse, '503 Service Unavailable', 'text/plain', `${notReady}\n`);
      }
      case '/status.json':
        return answer(startResponse, '200 OK', 'application/json', JSON.stringify(shown(status())), PAGE_HEADERS);
      default:
        return answer(startResponse, '404 Not Found', 'text/plain', 'here are /, /metrics, /health and /ready\n');
    }
  };
}

async function metrics(startResponse: StartResponse, status: Status): Promise<Body> {
  // Not before somebody asks.
  const { exposition } = await import('./exposition.ts');
  return answer(startResponse, '200 OK', 'text/plain; version=0.0.4; charset=utf-8', await exposition(status));
}

function answer(
  startResponse: StartResponse,
  status: string,
  type: string,
  text: string,
  headers: readonly Header[] = [],
): Body {
  startResponse(status, [['Content-Type', type], ['Cache-Control', 'no-store'], ...headers]);
  return [encoder.encode(text)];
}

/** As the page wants it. */
function shown({ notReady, processes, gone, restarts, behind, events }: Status): object {
  const snapshots = processes.flatMap(({ snapshot }) => snapshot ?? []);
  const all = [...snapshots, ...gone];
  const slowest = all.flatMap((snapshot) => snapshot.slowest).toSorted((one, other) => other.duration - one.duration);
  return {
    now: Date.now(),
    notReady: notReady ?? null,
    node: process.versions.node,
    buckets: BUCKETS,
    processes: processes.map(({ name, pid, state, since, snapshot }) => ({
      name,
      pid,
      state,
      since,
      memory: snapshot?.memory ?? 0,
      loopDelay: snapshot?.loopDelay.p99 ?? 0,
      requests: requestsOf(snapshot === undefined ? [] : Object.values(snapshot.wires)),
      inFlight: Object.values(snapshot?.wires ?? {}).reduce((sum, { inFlight }) => sum + inFlight, 0),
    })),
    wires: addUp(all),
    slowest: slowest.slice(0, 10),
    restarts,
    // Getters of a class: JSON would have none of them.
    targets: (behind?.targets ?? []).map(({ name, state, active, requests, failures, passedOn, outages }) => ({
      name,
      state,
      active,
      requests,
      failures,
      passedOn,
      outages,
    })),
    programs: behind?.programs ?? null,
    events,
  };
}

function requestsOf(wires: readonly { readonly requests: readonly number[] }[]): number {
  return wires.flatMap(({ requests }) => requests).reduce((sum, count) => sum + count, 0);
}
