import { type Command, flagsOf, type Invocation } from '../command-line/command.ts';
import { formatDestination, parseDestinations } from '../gateway/destination.ts';
import { EXIT, usageError } from '../command-line/failure.ts';
import { gatewayApp, targetsOf } from '../gateway/gateway-app.ts';
import { forwardSettings, gatewaySettings } from '../settings/gateway-settings.ts';
import { layerOfFlags, layerOfVariables, sourceOf, strongest } from '../settings/layers.ts';
import { listenSettings } from '../settings/listen-settings.ts';
import { makePlan } from '../serving/plan.ts';
import { destinationsToName, settingsOf } from '../settings/destinations.ts';
import { refuseDisobeyed } from '../serving/refuse-disobeyed.ts';
import { refuseUnforwarded } from '../gateway/refuse-unforwarded.ts';
import { serveSettings } from '../settings/serve-settings.ts';
import { serveApp } from '../serving/serve-app.ts';
import { checkObserving } from '../observing/check-observing.ts';
import { loadPlugins } from '../settings/plugins.ts';
import { wiresToName } from '../settings/wires.ts';

/** `tsgi gateway`. */
export const gatewayCommand: Command = {
  usage: 'tsgi gateway --to ADDRESS|--spawn COMMAND [--root FOLDER] [options]',
  description: `
Forwards requests to a FastCGI or SCGI server, to CGI programs, or to FastCGI
programs that it starts. --root: /a.php/b runs a.php below it with PATH_INFO /b.

With --root, a folder is answered by its index.php, and what is not there is 404.
Without it everything is forwarded, with the whole path as PATH_INFO. A setting
comes from its flag, else from its variable TSGI_NAME. Durations are 500ms, 2s,
5m or seconds; sizes 64k, 1m or bytes; unlimited lifts a limit.
Several servers share the requests: each goes to the one with the fewest under
way; one that fails is left out for a while, and what it had not begun is sent
elsewhere.`,
  first: {
    to: 'fcgi://HOST:PORT, scgi+unix:PATH, cgi:PROGRAM …; repeatable',
    spawn: 'FastCGI programs, php-cgi say, that it starts',
    root: 'looks programs up in a folder',
    static: 'sends the other files below --root',
    pool: 'fcgi: connections that are kept (default: it asks)',
    'response-timeout': "until the answer's head has come (default: 60s)",
    bind: 'HOST:PORT, unix:PATH or fd:N; repeatable',
    backend: 'the wire of clients (default: http)',
    'max-body': 'of a request (default: unlimited)',
    'tls-key': 'the private key for https',
    'tls-cert': 'its certificate, with the intermediate ones',
  },
  flags: {
    ...flagsOf(forwardSettings),
    ...flagsOf(listenSettings),
    'print-config': { help: 'print what is set, and end' },
  },
  wires: async () => (setting) => (setting in forwardSettings ? destinationsToName(setting) : wiresToName(setting)),
  async run({ positionals, flags }: Invocation) {
    if (positionals[0] !== undefined) throw usageError(`unexpected argument "${positionals[0]}"`);
    const layer = strongest(
      layerOfFlags(gatewaySettings, flags),
      layerOfVariables(gatewaySettings, process.env, Object.keys(serveSettings)),
    );
    await loadPlugins(layer.values.plugins, layer.sources.plugins);
    const { to, spawn } = layer.values;
    if (spawn !== undefined) {
      if (to !== undefined)
        throw usageError(`${sourceOf('spawn', layer)} and ${sourceOf('to', layer)}: expected one of them`);
      const { serveSpawned } = await import('../gateway/spawned-programs.ts');
      return serveSpawned(spawn, layer, flags['print-config'] === true);
    }
    if (to === undefined)
      throw usageError('expected --to ADDRESS, as in --to fcgi+unix:/run/php-fpm.sock, or --spawn COMMAND');
    const destination = parseDestinations(to);
    const plan = await makePlan(layer, process.env);
    refuseUnforwarded(destination.wire, layer);
    refuseDisobeyed(plan, layer, settingsOf(destination.wire));
    checkObserving(layer);
    if (flags['print-config'] === true) {
      const { printGatewayConfig } = await import('../settings/print-config.ts');
      printGatewayConfig(layer.values, plan, settingsOf(destination.wire));
      return EXIT.done;
    }
    const app = await gatewayApp(destination, layer.values);
    return serveApp(app, formatDestination(destination), plan, layer, undefined, {
      reload() {},
      status: () => ({ targets: targetsOf(app), programs: undefined }),
      async close() {},
    });
  },
};
