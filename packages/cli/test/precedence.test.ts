import { describe, expect, it } from 'vitest';
import { serveCommand } from '../src/commands/serve.ts';
import { layerOfConfig, layerOfFlags, layerOfVariables, strongest } from '../src/settings/layers.ts';
import { parseCommandLine } from '../src/command-line/parse-command-line.ts';
import { makePlan } from '../src/serving/plan.ts';
import { serveSettings } from '../src/settings/serve-settings.ts';
import { flagName, variableName } from '../src/settings/setting-table.ts';

const none = strongest(layerOfFlags(serveSettings, {}));

describe('settings', () => {
  it('come from the flag, then the config file, then the variable', () => {
    const flags = layerOfFlags(serveSettings, { grace: '1s' });
    const config = layerOfConfig(serveSettings, { grace: 2, backend: 'scgi' }, 'tsgi.config.js');
    const variables = layerOfVariables(serveSettings, { TSGI_GRACE: '3', TSGI_BACKEND: 'fcgi', TSGI_HEAD_SIZE: '4k' });
    const layer = strongest(flags, config, variables);
    expect(layer.values).toEqual({ grace: 1000, backend: 'scgi', headSize: 4096 });
    expect(layer.sources).toEqual({ grace: '--grace', backend: 'tsgi.config.js: backend', headSize: 'TSGI_HEAD_SIZE' });
  });

  it('every one has a flag, a variable and a config key', () => {
    expect(flagName('maxRequestsPerConnection')).toBe('max-requests-per-connection');
    expect(variableName('maxRequestsPerConnection')).toBe('TSGI_MAX_REQUESTS_PER_CONNECTION');
  });

  it('lists in a variable stand between spaces or commas', () => {
    const { values } = layerOfVariables(serveSettings, { TSGI_BIND: ' 127.0.0.1:1, unix:/a  fd:3,' });
    expect(values.bind).toEqual(['127.0.0.1:1', 'unix:/a', 'fd:3']);
  });

  it('files of a config begin at its folder', () => {
    const config = {
      app: './app.js:other',
      tlsKey: 'key.pem',
      tlsCert: '/etc/cert.pem',
      tlsHosts: 'a.test=c.pem:k.pem',
    };
    expect(layerOfConfig(serveSettings, config, 'tsgi.config.js', '/srv/app').values).toEqual({
      app: '/srv/app/app.js:other',
      tlsKey: '/srv/app/key.pem',
      tlsCert: '/etc/cert.pem',
      tlsHosts: ['a.test=/srv/app/c.pem:/srv/app/k.pem'],
    });
  });

  it('what a config switches on, a flag switches off', () => {
    const { flags } = parseCommandLine('serve', serveCommand, ['--no-half-close', '--no-http2']);
    const config = layerOfConfig(serveSettings, { halfClose: true, validate: true }, 'tsgi.config.js');
    expect(strongest(layerOfFlags(serveSettings, flags), config).values).toEqual({
      halfClose: false,
      http2: false,
      validate: true,
    });
  });

  it('an empty variable is as good as none', () => {
    expect(layerOfVariables(serveSettings, { TSGI_BIND: '', TSGI_GRACE: '' }).values).toEqual({});
  });

  it.each([
    [() => layerOfFlags(serveSettings, { grace: 'x' }), '--grace: expected a duration'],
    [
      () => layerOfVariables(serveSettings, { TSGI_WORKERS: 'x' }),
      'TSGI_WORKERS: expected a number from 1 to 512, or auto',
    ],
    [() => layerOfConfig(serveSettings, { grace: true }, 'c.js'), 'c.js: grace: expected a duration'],
    [() => layerOfConfig(serveSettings, { binds: [] }, 'c.js'), 'c.js: unknown key "binds"; did you mean bind?'],
    [() => layerOfFlags(serveSettings, { 'script-name': 'app' }), '--script-name: expected a path such as /app'],
    [() => layerOfFlags(serveSettings, { 'script-name': '/app/' }), '--script-name: expected a path such as /app'],
  ])('a bad one is named (%#)', (act, message) => {
    expect(act).toThrow(expect.objectContaining({ exitCode: 2, message: expect.stringContaining(message) }));
  });

  it('the root as script name is empty', () => {
    expect(layerOfFlags(serveSettings, { 'script-name': '/' }).values.scriptName).toBe('');
    expect(layerOfFlags(serveSettings, { 'script-name': '' }).values.scriptName).toBe('');
    expect(layerOfFlags(serveSettings, { 'script-name': '/a/b' }).values.scriptName).toBe('/a/b');
  });
});

describe('the plan', () => {
  const cgi = { GATEWAY_INTERFACE: 'CGI/1.1', REQUEST_METHOD: 'GET' };
  const plan = (flags: Record<string, string | string[]>, variables: Record<string, string> = {}): Promise<unknown> =>
    makePlan(strongest(layerOfFlags(serveSettings, flags), layerOfVariables(serveSettings, variables)), variables);
  const at = (scheme: string, host: string, port: number): object => ({
    type: 'listen',
    binds: [{ scheme, address: { type: 'tcp', host, port } }],
  });

  it('is http://127.0.0.1:8000 when nobody says anything', async () => {
    expect(await makePlan(none, {})).toEqual(at('http', '127.0.0.1', 8000));
  });

  it('--backend gives the scheme where it is missing, there only', async () => {
    expect(await plan({ backend: 'fcgi' })).toEqual(at('fcgi', '127.0.0.1', 8000));
    expect(await plan({ backend: 'fcgi', bind: ['127.0.0.1:1', 'scgi://127.0.0.1:2'] })).toEqual({
      type: 'listen',
      binds: [
        { scheme: 'fcgi', address: { type: 'tcp', host: '127.0.0.1', port: 1 } },
        { scheme: 'scgi', address: { type: 'tcp', host: '127.0.0.1', port: 2 } },
      ],
    });
  });

  it('heeds PORT and HOST for http only', async () => {
    expect(await plan({}, { PORT: '3000' })).toEqual(at('http', '127.0.0.1', 3000));
    expect(await plan({}, { PORT: '3000', HOST: '0.0.0.0' })).toEqual(at('http', '0.0.0.0', 3000));
    expect(await plan({}, { HOST: '::1' })).toEqual(at('http', '::1', 8000));
    expect(await plan({ backend: 'scgi' }, { PORT: '3000' })).toEqual(at('scgi', '127.0.0.1', 8000));
    expect(await plan({ bind: ['127.0.0.1:1'] }, { PORT: '3000' })).toEqual(at('http', '127.0.0.1', 1));
    expect(await plan({}, { PORT: '3000', TSGI_BIND: '127.0.0.1:1' })).toEqual(at('http', '127.0.0.1', 1));
    await expect(plan({}, { PORT: 'http' })).rejects.toThrow(/^PORT: expected a number from 0 to 65535, found "http"/);
  });

  it('is https with a key and its certificate, unless a wire was asked for', async () => {
    const tls = { 'tls-key': 'key.pem', 'tls-cert': 'cert.pem' };
    expect(await plan(tls)).toEqual(at('https', '127.0.0.1', 8000));
    expect(await plan(tls, { PORT: '8443' })).toEqual(at('https', '127.0.0.1', 8443));
    expect(await plan({ ...tls, bind: ['127.0.0.1:1'] })).toEqual(at('https', '127.0.0.1', 1));
    expect(await plan({ ...tls, bind: ['http://127.0.0.1:1'] })).toEqual(at('http', '127.0.0.1', 1));
    expect(await plan({ ...tls, backend: 'fcgi' })).toEqual(at('fcgi', '127.0.0.1', 8000));
    expect(await plan(tls, cgi)).toEqual({ type: 'cgi' });
  });

  it('finds out that it is a CGI program, unless something else was asked for', async () => {
    expect(await plan({}, cgi)).toEqual({ type: 'cgi' });
    expect(await plan({}, { GATEWAY_INTERFACE: 'CGI/1.1' })).toEqual(at('http', '127.0.0.1', 8000));
    expect(await plan({ backend: 'http' }, cgi)).toEqual(at('http', '127.0.0.1', 8000));
    expect(await plan({ bind: ['127.0.0.1:1'] }, cgi)).toEqual(at('http', '127.0.0.1', 1));
  });

  it('takes --backend cgi beside an address of the config, not beside --bind', async () => {
    const config = layerOfConfig(serveSettings, { backend: 'cgi', bind: '127.0.0.1:1' }, 'c.js');
    expect(await makePlan(config, {})).toEqual({ type: 'cgi' });
    await expect(plan({ backend: 'cgi', bind: ['127.0.0.1:1'] })).rejects.toThrow(/takes no --bind/);
  });
});
