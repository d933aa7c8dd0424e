import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { battery } from './battery.ts';
import { startApache } from './servers/apache.ts';
import { Cleanup, openFolder, until } from './servers/process.ts';

const PASSENGER_ROOT = '/usr/lib/ruby/vendor_ruby/phusion_passenger/locations.ini';

const TELL = `export default (environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'application/json']]);
  const { REMOTE_ADDR, SCRIPT_NAME, PATH_INFO } = environ;
  const strange = Object.keys(environ).filter((name) => name.includes('~'));
  return [Buffer.from(JSON.stringify({ REMOTE_ADDR, SCRIPT_NAME, PATH_INFO, scheme: environ['tsgi.url_scheme'], strange }))];
};
`;

/** The folder of an application, as its owner would lay it out. */
function hosted(cleanup: Cleanup, files: Readonly<Record<string, string>>, app = 'app.js'): string {
  const root = openFolder(cleanup);
  for (const folder of ['node_modules', 'public', 'tmp']) mkdirSync(join(root, folder));
  for (const [name, text] of Object.entries({ 'package.json': '{"type":"module"}', ...files })) {
    writeFileSync(join(root, name), text);
  }
  symlinkSync(join(inject('staged'), 'packages/cli'), join(root, 'node_modules/tsgi'));
  execFileSync(process.execPath, [join(root, 'node_modules/tsgi/bin/tsgi.js'), 'init', '--passenger', app], {
    cwd: root,
  });
  return root;
}

/** Apache with Passenger: one application at the root, and more below it. */
function startPassenger(cleanup: Cleanup, root: string, below: Readonly<Record<string, string>> = {}): Promise<string> {
  const nested = Object.entries(below).map(
    ([uri, app]) => `Alias ${uri} ${app}/public
    <Location ${uri}>
      PassengerBaseURI ${uri}
      PassengerAppRoot ${app}
      PassengerStartupFile app.cjs
    </Location>`,
  );
  return startApache(
    cleanup,
    ['passenger', 'alias'],
    (folder) => `
    PassengerRoot ${PASSENGER_ROOT}
    PassengerInstanceRegistryDir ${folder}
    PassengerLogFile ${folder}/passenger.log
    PassengerDisableSecurityUpdateCheck on
    PassengerDisableAnonymousTelemetry on
    PassengerNodejs ${process.execPath}
    PassengerDefaultUser www-data
    PassengerFriendlyErrorPages off
    PassengerStatThrottleRate 0
    PassengerAppRoot ${root}
    PassengerAppType node
    PassengerStartupFile app.cjs
    ${nested.join('\n')}`,
  );
}

describe('Apache with Phusion Passenger', () => {
  const cleanup = new Cleanup();
  let url: string;

  beforeAll(async () => {
    const root = hosted(cleanup, {}, join(inject('staged'), 'e2e/app.js'));
    url = await startPassenger(cleanup, root);
  });
  afterAll(() => cleanup.run());

  battery(() => url, { bodyComesFirst: true, hidesTruncation: true, joinsCookies: ', ', encodesAnew: true });
});

describe('an application under Phusion Passenger', () => {
  const cleanup = new Cleanup();
  let root: string;
  let shop: string;
  let broken: string;
  let url: string;

  beforeAll(async () => {
    root = hosted(cleanup, { 'app.js': TELL });
    shop = hosted(cleanup, { 'app.js': TELL });
    broken = hosted(cleanup, { 'app.js': 'throw new Error("no database")' });
    url = await startPassenger(cleanup, root, { '/shop': shop, '/broken': broken });
  });
  afterAll(() => cleanup.run());

  it('sees the client, whatever the client says', async () => {
    const headers = {
      'X-Forwarded-For': '6.6.6.6',
      'X-Forwarded-Proto': 'https',
      '!~Passenger-Client-Address': '6.6.6.6',
      '!~Passenger-Proto': 'https',
    };
    for (const sent of [{}, { 'X-Forwarded-For': '6.6.6.6', 'X-Forwarded-Proto': 'https' }]) {
      const answer = await fetch(`${url}/a`, { headers: sent });
      expect(await answer.json()).toEqual({
        REMOTE_ADDR: '127.0.0.1',
        SCRIPT_NAME: '',
        PATH_INFO: '/a',
        scheme: 'http',
        strange: [],
      });
    }
    const forged = await fetch(`${url}/a`, { headers });
    expect(await forged.text()).not.toMatch(/6\.6\.6\.6|https/);
  });

  it('sees where it is mounted', async () => {
    const answer = await fetch(`${url}/shop/cart`);
    expect(await answer.json()).toMatchObject({ SCRIPT_NAME: '/shop', PATH_INFO: '/cart' });
  });

  it('is loaded anew by tmp/restart.txt', async () => {
    writeFileSync(join(root, 'app.js'), TELL.replace('scheme:', "version: 'new', scheme:"));
    const restart = join(root, 'tmp/restart.txt');
    writeFileSync(restart, '');
    utimesSync(restart, new Date(), new Date(Date.now() + 2000));
    await until(
      async () => (await (await fetch(url)).text()).includes('"new"'),
      () => 'the old one still answers',
    );
  });

  it('says why it does not load, and works once that is mended', async () => {
    const answer = await fetch(`${url}/broken/`);
    expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining('start-error.log')]);
    expect(readFileSync(join(broken, 'start-error.log'), 'utf8')).toContain('Error: no database');
    writeFileSync(join(broken, 'app.js'), TELL);
    await until(
      async () => (await fetch(`${url}/broken/`)).status === 200,
      () => 'it is not tried again',
    );
    expect(existsSync(join(broken, 'start-error.log'))).toBe(false);
  });
});
