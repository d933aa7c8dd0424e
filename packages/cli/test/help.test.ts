import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkedNumbers } from '@tsgi/core/options';
import { limitRules as fcgiRules } from '../../fcgi-backend/src/server/serve.ts';
import { singleRequestLimitRules as scgiRules } from '../../transport/src/single-request.ts';
import type { BackendName } from '../src/settings/settings.ts';
import { defaultLimits } from '../../http-backend/src/server/limits.ts';
import { commandTable } from '../src/command-line/command-table.ts';
import { gatewaySettings } from '../src/settings/gateway-settings.ts';
import { limitSettings } from '../src/settings/listen-settings.ts';
import { serveSettings } from '../src/settings/serve-settings.ts';
import { flagName } from '../src/settings/setting-table.ts';
import { tsgi } from './command.ts';

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

describe('help', () => {
  it('lists the commands, on standard output', async () => {
    const { stdout, stderr, exitCode } = await tsgi(['--help']);
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    for (const command of Object.keys(commandTable)) expect(stdout).toMatch(new RegExp(`^ {2}${command} +\\S`, 'm'));
    expect((await tsgi(['-h'])).stdout).toBe(stdout);
  });

  it.each(['--version', '-V'])('%s is the version', async (flag) => {
    expect(await tsgi([flag])).toEqual({ stdout: `${manifest.version}\n`, stderr: '', exitCode: 0 });
  });

  it.each([
    ['serve', Object.keys(serveSettings).filter((key) => key !== 'app')],
    ['gateway', Object.keys(gatewaySettings)],
    ['request', ['backend', 'scriptName', 'method', 'header', 'data', 'fail']],
  ])('of %s has a line for every flag, when all is asked for', async (command, keys) => {
    const { stdout, exitCode } = await tsgi([command, '--help', 'all']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(new RegExp(`^Usage: tsgi ${command} `));
    for (const key of keys) expect(stdout).toMatch(new RegExp(`^ +(-\\w, )?--${flagName(key)}( |$)`, 'm'));
  });

  it.each(['', ...Object.keys(commandTable)])('of %s fits on a screen of 80 columns and 24 lines', async (command) => {
    const { stdout, exitCode } = await tsgi([...(command === '' ? [] : [command]), '--help']);
    const lines = stdout.trimEnd().split('\n');
    expect({ exitCode, tooWide: lines.filter((line) => line.length > 80) }).toEqual({ exitCode: 0, tooWide: [] });
    expect(lines.length).toBeLessThanOrEqual(24);
    const entry = await commandTable[command]?.load();
    // Each flag that it names is one, and where it does not name all it says how to see them.
    const flags = Object.keys(entry?.first ?? {});
    expect(flags.filter((flag) => entry?.flags[flag] === undefined)).toEqual([]);
    for (const flag of flags) expect(stdout).toMatch(new RegExp(`^ +(-\\w, )?--${flag}( |$)`, 'm'));
    if (flags.length > 0) expect(stdout).toContain(`tsgi ${command} --help all`);
  });

  const byWire: [BackendName, Readonly<Record<string, number>>][] = [
    ['http', defaultLimits],
    ['https', defaultLimits],
    ['fcgi', checkedNumbers(fcgiRules, {})],
    ['scgi', checkedNumbers(scgiRules, {})],
  ];

  it.each(byWire)('says the defaults that %s has', (wire, limits) => {
    for (const [key, value] of Object.entries(limits)) {
      const { kind, default: standard } = limitSettings[key as keyof typeof limitSettings];
      const stated = typeof standard === 'object' ? standard[wire] : standard;
      expect([key, kind.read(stated)]).toEqual([key, value]);
    }
  });

  it('says defaults that the settings themselves can read, or in words', () => {
    for (const [key, { kind, default: standard }] of Object.entries({ ...gatewaySettings, ...serveSettings })) {
      const texts = typeof standard === 'object' ? Object.values(standard) : [standard ?? '()'];
      for (const text of texts.filter((each) => !/^\(.*\)$/.test(each))) {
        const value = text === 'on' ? true : text === 'off' ? false : text;
        expect(() => kind.read(value), key).not.toThrow();
      }
    }
  });

  it('comes before any complaint', async () => {
    expect((await tsgi(['serve', '--help', '--bind', 'nonsense'])).exitCode).toBe(0);
  });
});
