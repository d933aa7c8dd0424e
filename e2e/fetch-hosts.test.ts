import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { caseNamed, casesFor, parseTarget, runTarget } from '@tsgi/conformance';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { Cleanup, freePort, start, untilListening } from './servers/process.ts';

// `toFetch` where fetch handlers run: the kit judges a TSGI application under Bun.serve and Deno.serve, whose binaries
// `npm run setup:runtimes` brings. What does not come through is the host's doing, and named with the reason.

const RUNTIMES = new URL('../node_modules/.cache/runtimes/node_modules/', import.meta.url).pathname;

type Reasons = Readonly<Record<string, string>>;

const because = (reason: string, names: readonly string[]): Reasons =>
  Object.fromEntries(names.map((name) => [name, reason]));

const EVERYWHERE: Reasons = {
  'the-protocol-of-http-1-0-is-told': 'a Request has no version',
  'connect-has-the-authority-form': 'fetch has no CONNECT',
  'a-get-may-have-a-body': 'a GET of fetch has none',
  'a-fragment-is-refused': 'the host takes it',
  'repeated-headers-are-sent-apart': 'Headers joins them, but for Set-Cookie',
  'http-1-0-is-never-chunked': 'the host answers HTTP/1.0 in its own way',
  'http-refuses-two-content-types': 'the host joins them',
  'http-refuses-an-unknown-expectation': 'the host takes no notice',
  ...because('a URL knows no other spelling', [
    'dot-segments-are-kept',
    'raw-utf-8-in-a-path-is-kept',
    'an-empty-query-is-empty',
    'an-absolute-form-is-path-and-host',
    'an-absolute-form-may-have-no-path',
    'an-absolute-form-may-name-ipv6',
    'the-asterisk-form-is-for-options',
  ]),
  ...because('the host sends reason phrases of its own', [
    'an-odd-reason-is-kept',
    'a-reason-above-ascii-is-kept',
    'an-unknown-code-is-kept',
    'a-code-of-599-is-kept',
    'after-a-refused-head-exc-info-gives-a-new-one',
    'an-empty-first-chunk-does-not-send-the-head',
    'an-empty-first-asynchronous-chunk-does-not-send-the-head',
    'writing-nothing-does-not-send-the-head',
    'start-response-does-not-send-the-head',
    'an-empty-body-sends-the-head-at-its-end',
    'a-replacement-replaces-every-header',
    'a-replacement-replaces-the-length',
    'a-replacement-may-bring-a-length',
    'a-replacement-replaces-a-status-without-body',
    'a-head-may-be-replaced-again-and-again',
    'exc-info-may-come-with-the-first-head',
    'exc-info-may-be-a-string',
    'exc-info-may-be-the-empty-string',
    'exc-info-may-be-zero',
    'exc-info-may-be-false',
    'head-with-an-empty-first-chunk-may-be-replaced',
  ]),
  ...because('the host sends the 100 before anybody wants the body', [
    'http-does-not-continue-when-nobody-reads',
    'http-does-not-continue-before-the-body-is-read',
    'http-does-not-continue-after-the-head',
    'http-does-not-continue-for-http-1-0',
  ]),
};

const BUN: Reasons = {
  'a-path-for-connect-is-refused': 'fetch has no CONNECT',
  'no-content-type-is-guessed': 'Bun guesses one',
  'http-answers-streamed-requests-in-their-order': 'Bun answers as answers come',
  'http-closes-when-asked-to': 'Bun does not say that it closes',
  'http-refuses-two-hosts': 'Bun takes one of them',
  'transfer-encoding-is-the-servers':
    'Bun closes while a body that nobody reads still comes, and its reset may take the answer',
  'http-refuses-two-equal-hosts': 'Bun takes one of them',
  ...because('Bun keeps a head back until its first byte', [
    'the-head-is-sent-when-it-is-asked-for',
    'the-head-is-sent-while-the-application-runs',
    'the-head-is-sent-within-an-iteration',
    'an-early-head-may-announce-a-length',
    'an-early-head-may-have-an-empty-body',
    'a-head-is-sent-once',
    'a-failure-after-an-early-head-never-looks-complete',
  ]),
  ...because('Bun joins what comes at once, and tells its length', [
    'a-length-that-is-not-known-is-not-made-up',
    'http-1-1-without-a-length-is-chunked',
  ]),
  ...because('Bun takes what follows the last chunk for a request', [
    'http-takes-chunks-in-every-legal-spelling',
    'http-keeps-trailers-from-the-environ',
  ]),
  ...because('Bun says 505 to a bad request line', [
    'http-refuses-a-request-line-with-a-space-in-its-target',
    'http-refuses-a-method-with-nul',
    'http-refuses-a-control-byte-in-the-target',
  ]),
};

const DENO: Reasons = {
  'another-scheme-is-refused': 'Deno takes it',
  'an-empty-header-among-repeated-ones-is-kept': 'Headers joins them',
  'the-order-of-headers-is-kept': 'Headers sorts them',
  'a-304-keeps-the-length': 'Deno drops it',
  'http-1-0-closes-unless-asked-not-to': 'Deno answers HTTP/1.0 in its own way',
  'http-refuses-a-missing-host': 'Deno makes one up',
};

const hosts = [
  { name: 'Bun.serve', binary: '@oven/bun-linux-x64/bin/bun', args: [] as string[], known: { ...EVERYWHERE, ...BUN } },
  {
    name: 'Deno.serve',
    binary: '@deno/linux-x64-glibc/deno',
    args: ['run', '--quiet', '--allow-all', '--no-remote', '--node-modules-dir=manual', '--no-lock'],
    known: { ...EVERYWHERE, ...DENO },
  },
];

describe.each(hosts)('toFetch under $name', ({ binary, args, known }) => {
  const cleanup = new Cleanup();
  afterAll(() => cleanup.run());

  it('passes the kit', { timeout: 240_000 }, async () => {
    const command = join(RUNTIMES, binary);
    expect(existsSync(command), 'npm run setup:runtimes has been run').toBe(true);
    const port = await freePort();
    const running = start(cleanup, command, [...args, 'e2e/fetch-host.js', String(port)], {
      cwd: inject('staged'),
      env: { ...process.env, DENO_NO_UPDATE_CHECK: '1' },
    });
    await untilListening(port, running);
    const target = parseTarget(`http://127.0.0.1:${port}`);
    const cases = casesFor(target.wire).filter(({ name }) => !(name in known));
    const run = await runTarget('host', target, { cases, patience: 15_000 });
    const failed = run.results.filter(({ outcome }) => outcome === 'failed');
    expect(failed.map(({ name, problems }) => `${name}: ${problems.join('; ')}`)).toEqual([]);
    expect(run.results.length).toBe(cases.length);
    expect(run.results.length).toBeGreaterThan(500);
  });

  it('what is left out are cases of the kit', () => {
    expect(Object.keys(known).filter((name) => caseNamed(name) === undefined)).toEqual([]);
  });
});
