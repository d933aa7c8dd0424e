import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { backendDriver, caseNamed, casesFor, type Driver, runDriver } from '@tsgi/conformance';
import type { App } from '@tsgi/core';
import { httpBackend } from '@tsgi/http-backend';
import { describe, expect, it } from 'vitest';
import { fromFetch, toFetch } from '../src/fetch.ts';
import { fromNode, toNode } from '../src/node.ts';

// The kit judges TSGI through an adapter, and there and back again. What does not come through is named, with the reason.

const quiet = { errors() {} };

const underNode: Driver = {
  name: 'toNode under node:http',
  wire: 'http',
  async start(app) {
    const listener = toNode(app, quiet);
    const server = createServer(listener).on('checkContinue', listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return {
      target: { wire: 'http', host: '127.0.0.1', port: (server.address() as AddressInfo).port },
      async stop() {
        server.closeAllConnections();
        server.close();
        await once(server, 'close');
      },
    };
  },
};

function through(name: string, around: (app: App) => App): Driver {
  const driver = backendDriver(httpBackend, { port: 0, ...quiet });
  return { ...driver, name, start: (app) => driver.start(around(app)) };
}

interface Door {
  readonly driver: Driver;
  /** Why a case does not pass, by its name. */
  readonly known: Readonly<Record<string, string>>;
}

const node = "node:http's parser";
const joined = 'what is written at once leaves as one chunk, whose length is known';
const url = 'a URL knows no other spelling';
const early = 'the handler had not answered yet: the 500 is whole';

const doors: readonly Door[] = [
  {
    driver: underNode,
    known: {
      'raw-utf-8-in-a-path-is-kept': node,
      'connect-has-the-authority-form': 'node:http gives CONNECT to no request listener',
      'a-trailer-header-is-end-to-end': 'node:http refuses a Trailer without chunks',
      'http-refuses-an-unknown-transfer-coding': node,
      'http-refuses-chunks-on-http-1-0': node,
      'http-refuses-a-request-line-without-a-version': node,
      'http-refuses-http-2-spelled-as-http-1': node,
    },
  },
  {
    driver: through('fromNode(toNode(app))', (app) => fromNode(toNode(app, quiet))),
    known: {
      'an-absolute-form-is-path-and-host': 'req.url is the path below SCRIPT_NAME',
      'an-absolute-form-may-have-no-path': 'req.url is the path below SCRIPT_NAME',
      'an-absolute-form-may-name-ipv6': 'req.url is the path below SCRIPT_NAME',
      'connect-has-the-authority-form': 'a listener is not given CONNECT',
      'a-trailer-header-is-end-to-end': 'toNode leaves out a Trailer where there are no chunks',
      'a-length-that-is-not-known-is-not-made-up': joined,
      'http-1-1-without-a-length-is-chunked': joined,
      'http-1-0-is-never-chunked': joined,
    },
  },
  {
    driver: through('fromFetch(toFetch(app))', (app) => fromFetch(toFetch(app, quiet))),
    known: {
      'the-protocol-of-http-1-0-is-told': 'a Request has no version',
      'dot-segments-are-kept': url,
      'raw-utf-8-in-a-path-is-kept': url,
      'an-empty-query-is-empty': url,
      'an-absolute-form-is-path-and-host': url,
      'an-absolute-form-may-have-no-path': url,
      'an-absolute-form-may-name-ipv6': url,
      'the-asterisk-form-is-for-options': url,
      'connect-has-the-authority-form': 'fetch has no CONNECT',
      'a-get-may-have-a-body': 'a GET of fetch has none',
      'repeated-headers-are-sent-apart': 'Headers joins them, but for Set-Cookie',
      'the-order-of-headers-is-kept': 'Headers sorts them',
      'http-does-not-continue-after-the-head': 'the head of a Response comes with its body',
      ...Object.fromEntries(
        [
          'a-bad-chunk-after-the-head-cuts-the-answer-off',
          'next-is-not-called-after-it-threw',
          'next-is-not-called-after-it-rejected',
          'return-is-called-when-a-chunk-is-bad',
          'close-is-called-after-next-threw',
          'close-is-called-after-next-rejected',
          'exc-info-after-the-head-is-thrown',
          'exc-info-after-the-head-is-thrown-as-it-came',
          'exc-info-that-is-an-object-is-thrown-as-it-came',
          'exc-info-after-write-is-thrown',
          'a-body-that-is-too-short-is-cut-off',
          'chunks-that-are-too-short-are-cut-off',
          'an-empty-body-that-is-too-short-is-cut-off',
          'a-generator-that-is-too-short-is-cut-off',
          'writes-that-are-too-short-are-cut-off',
          'http-1-0-that-is-cut-off-is-seen-to-be',
          'a-body-that-throws-later-is-cut-off',
          'a-body-that-rejects-later-is-cut-off',
          'a-body-with-a-length-that-throws-later-is-cut-off',
          'an-app-that-throws-after-write-is-cut-off',
          'an-app-that-rejects-after-write-is-cut-off',
          'http-closes-after-an-answer-that-was-cut-off',
        ].map((name) => [name, early]),
      ),
    },
  },
];

describe.concurrent.each(doors)('$driver.name', ({ driver, known }) => {
  it('passes the kit', { timeout: 240_000 }, async () => {
    const cases = casesFor(driver.wire).filter(({ name }) => !(name in known));
    const run = await runDriver(driver, { cases, patience: 30_000 });
    const failed = run.results.filter(({ outcome }) => outcome === 'failed');
    expect(failed.map(({ name, problems }) => `${name}: ${problems.join('; ')}`)).toEqual([]);
    expect(run.results.length).toBe(cases.length);
    expect(run.results.length).toBeGreaterThan(500);
  });

  it('what is left out are cases of the kit', () => {
    expect(Object.keys(known).filter((name) => caseNamed(name) === undefined)).toEqual([]);
  });
});
