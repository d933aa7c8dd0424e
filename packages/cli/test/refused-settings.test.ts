import { describe, expect, it } from 'vitest';
import { makePlan } from '../src/serving/plan.ts';
import { refuseUnforwarded } from '../src/gateway/refuse-unforwarded.ts';
import { refuseDisobeyed } from '../src/serving/refuse-disobeyed.ts';
import { settingsOf } from '../src/settings/destinations.ts';
import { type DestinationWire, forwardSettings, gatewaySettings } from '../src/settings/gateway-settings.ts';
import { layerOfConfig, layerOfFlags, layerOfVariables, strongest } from '../src/settings/layers.ts';
import { listenSettings } from '../src/settings/listen-settings.ts';
import { serveSettings } from '../src/settings/serve-settings.ts';
import { flagName, variableName } from '../src/settings/setting-table.ts';
import { BACKENDS } from '../src/settings/setting-table.ts';
import type { Settings } from '../src/settings/settings.ts';
import { obeys } from '../src/settings/wires.ts';
import { folder, HELLO, startTsgi, tsgi } from './command.ts';

/** A value that each setting takes. */
function sample(key: string): string | true {
  const values: Record<string, string> = {
    backend: 'http',
    bind: '127.0.0.1:0',
    scriptName: '/a',
    tlsHosts: 'a.test=c:k',
    tlsClientCertificates: 'request',
    tlsMinVersion: 'TLSv1.3',
    roles: 'RESPONDER',
    lenient: 'missingScgi',
    params: 'A=b',
    mode: 'static',
  };
  const { kind } = gatewaySettings[key as keyof typeof gatewaySettings];
  if (kind.placeholder === undefined) return true;
  return values[key] ?? (/^(?:DURATION|SIZE|NUMBER)$/.test(kind.placeholder) ? '7' : 'x');
}

const keys = (Object.keys(listenSettings) as (keyof Settings)[]).filter((key) => key !== 'backend' && key !== 'bind');

/** What `tsgi serve` does before it loads the application. */
async function plan(
  flags: Record<string, unknown>,
  config: object = {},
  variables: NodeJS.ProcessEnv = {},
): Promise<void> {
  const layer = strongest(
    layerOfFlags(serveSettings, flags as Record<string, string>),
    layerOfConfig(serveSettings, config, 'tsgi.config.js'),
    layerOfVariables(serveSettings, variables),
  );
  // A key without its certificate is another complaint.
  refuseDisobeyed(
    await makePlan(
      {
        ...layer,
        values: { ...layer.values, tlsKey: 'k', tlsCert: 'c', tlsCa: 'a', tlsClientCertificates: 'request' },
      },
      {},
    ),
    layer,
  );
}

describe.each(BACKENDS)('what %s cannot obey', (wire) => {
  it.each(keys.filter((key) => !obeys(wire, key)))('is refused: %s', async (key) => {
    const refusal = (source: string): object =>
      expect.objectContaining({
        exitCode: 2,
        message: expect.stringMatching(new RegExp(`^${source}: ${wire} cannot obey it; it is for `)),
      });
    const value = sample(key);
    await expect(plan({ backend: wire, [flagName(key)]: value })).rejects.toEqual(refusal(`--${flagName(key)}`));
    await expect(plan({ backend: wire }, { [key]: value })).rejects.toEqual(refusal(`tsgi.config.js: ${key}`));
    const text = value === true ? '1' : value;
    await expect(plan({ backend: wire }, {}, { [variableName(key)]: text })).rejects.toEqual(
      refusal(variableName(key)),
    );
  });

  it('is all the rest: what it can obey is taken', async () => {
    for (const key of keys.filter((each) => obeys(wire, each))) {
      await expect(plan({ backend: wire, [flagName(key)]: sample(key) })).resolves.toBe(undefined);
    }
  });
});

describe('with several wires', () => {
  it('a limit has to be one of every wire', async () => {
    await expect(plan({ bind: ['http://:0', 'scgi://:0'], 'keep-alive-timeout': '3s' })).rejects.toThrow(
      '--keep-alive-timeout: scgi cannot obey it; it is for http(s), fcgi',
    );
    await expect(plan({ bind: ['http://:0', 'scgi://:0'], 'head-size': '3k' })).resolves.toBe(undefined);
  });

  it('what belongs to one wire needs one address that speaks it', async () => {
    await expect(plan({ bind: ['http://:0', 'scgi://:0'], lenient: 'missingScgi' })).resolves.toBe(undefined);
    await expect(plan({ bind: ['http://:0', 'fcgi://:0'], lenient: 'missingScgi' })).rejects.toThrow('--lenient: http');
    await expect(plan({ bind: ['http://:0', 'https://:0'], 'tls-min-version': 'TLSv1.3' })).resolves.toBe(undefined);
  });

  it('a switch that is off asks for nothing', async () => {
    await expect(plan({ backend: 'scgi', http2: false, 'half-close': false })).resolves.toBe(undefined);
  });
});

describe('how a gateway forwards', () => {
  const wires: readonly DestinationWire[] = ['fcgi', 'scgi', 'cgi', 'spawn'];
  it.each(wires)('is refused where %s cannot obey it', (wire) => {
    const what = wire === 'spawn' ? '--spawn' : `--to ${wire}`;
    for (const key of Object.keys(forwardSettings)) {
      const act = (): void => refuseUnforwarded(wire, layerOfFlags(gatewaySettings, { [flagName(key)]: sample(key) }));
      if (settingsOf(wire).includes(key)) expect(act).not.toThrow();
      else expect(act).toThrow(new RegExp(`^--${flagName(key)}: ${what} cannot obey it; it is for `));
    }
  });
});

describe('the command', () => {
  const cwd = (files = {}): string => folder({ 'app.mjs': HELLO, ...files });

  it.each<[string[], string, Record<string, string>?, Record<string, string>?]>([
    [['serve', 'app.mjs', '--backend', 'fcgi', '--http2'], '--http2: fcgi'],
    [['serve', 'app.mjs', '--bind', 'scgi://127.0.0.1:0', '--uri-length', '4k'], '--uri-length: scgi'],
    [['serve', 'app.mjs', '--backend', 'cgi', '--grace', '3s'], '--grace: cgi'],
    [
      ['serve', '--backend', 'scgi'],
      'tsgi.config.json: h2c: scgi',
      { 'tsgi.config.json': '{"app":"app.mjs","h2c":true}' },
    ],
    [['serve', 'app.mjs', '--backend', 'fcgi'], 'TSGI_URI_LENGTH: fcgi', {}, { TSGI_URI_LENGTH: '4k' }],
    [['gateway', '--to', 'scgi://127.0.0.1:1', '--pool', '4'], '--pool: --to scgi'],
    [
      ['gateway', '--to', 'fcgi://127.0.0.1:1', '--bind', 'scgi://127.0.0.1:0', '--uri-length', '1k'],
      '--uri-length: scgi',
    ],
  ])('ends 2 with one line: %j', async (args, start, files = {}, env = {}) => {
    const { exitCode, stderr, stdout } = await tsgi(args, { cwd: cwd(files), env });
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(/^tsgi: [^\n]+ cannot obey it; it is for [^\n]+\n$/);
    expect(stderr).toContain(`tsgi: ${start} cannot`);
  });

  it('a gateway obeys --max-body whatever wire it is served over', async () => {
    const args = ['gateway', '--to', 'fcgi://127.0.0.1:1', '--bind', 'scgi://127.0.0.1:0', '--max-body', '1k'];
    expect(await (await startTsgi(args)).stop()).toBe(0);
  });
});
