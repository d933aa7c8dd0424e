import { fstatSync } from 'node:fs';
import type { Bind, Scheme } from '../settings/bind.ts';
import { firstLine, usageError } from '../command-line/failure.ts';
import type { Layer } from '../settings/layers.ts';
import type { ListenSettings } from '../settings/settings.ts';
import type { TlsSettings } from '../settings/tls-settings.ts';
import type { OneOfServers } from './socket-activation.ts';

/** What a server is to do: answer the one request that this process was started for, or listen. */
export type Plan = { readonly type: 'cgi' } | { readonly type: 'listen'; readonly binds: readonly Bind[] };

const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_PORT = '8000';

/**
 * Decides on wire and addresses. What nobody set is found out: a listening socket on standard input is a FastCGI
 * manager's (FastCGI 1.0 §2.2), LISTEN_FDS are systemd's, `GATEWAY_INTERFACE` with `REQUEST_METHOD` a CGI host's, a key and its certificate TLS.
 *
 * @param server which of several it is for.
 * @throws CommandFailure (exit 2)
 */
export async function makePlan(
  layer: Layer<ListenSettings>,
  variables: NodeJS.ProcessEnv,
  server?: OneOfServers,
): Promise<Plan> {
  const { backend, bind } = layer.values;
  if (backend === 'cgi') {
    // In a config file an address may stand beside it: a change of wires is one word.
    if (layer.sources.backend === '--backend' && layer.sources.bind === '--bind') {
      throw usageError('--backend cgi answers one request over its standard input and output: it takes no --bind');
    }
    return { type: 'cgi' };
  }
  if (backend !== undefined) await checkBackend(backend, layer.sources.backend ?? '--backend');
  const http = hasKey(layer.values) ? 'https' : 'http';
  // Not before: hardly anybody is started like this. A worker has its sockets from its supervisor.
  const activation =
    'LISTEN_FDS' in variables && variables['TSGI_WORKER_BINDS'] === undefined
      ? await import('./socket-activation.ts')
      : undefined;
  if (bind !== undefined) {
    if (server === undefined) activation?.sayWhatIsLeft(variables, bind);
    return listenOn(bind, backend ?? http, layer.sources.bind ?? 'bind', layer.values);
  }
  const sockets = activation?.handedOver(variables, process.pid, server) ?? [];
  if (sockets.length > 0) return listenOn(sockets, backend ?? http, 'LISTEN_FDS', layer.values);
  const inherited = await stdinListens();
  if (backend === undefined && !inherited && isCgiProgram(variables)) return { type: 'cgi' };
  const scheme = backend ?? (inherited ? 'fcgi' : http);
  const { PORT: port = '', HOST: host = '' } = variables;
  if ((scheme === 'http' || scheme === 'https') && (port !== '' || host !== '')) {
    if (!/^\d{0,5}$/.test(port))
      throw usageError(`PORT: expected a number from 0 to 65535, found ${JSON.stringify(port)}`);
    const name = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host || DEFAULT_HOST;
    return listenOn([`${name}:${port || DEFAULT_PORT}`], scheme, port === '' ? 'HOST' : 'PORT', layer.values);
  }
  return listenOn([inherited ? 'fd:0' : `${DEFAULT_HOST}:${DEFAULT_PORT}`], scheme, 'the default', layer.values);
}

async function checkBackend(backend: string, source: string): Promise<void> {
  const { ELSEWHERE } = await import('../settings/setting-table.ts');
  const { choice } = await import('../settings/kinds.ts');
  const { allWires } = await import('../settings/wires.ts');
  try {
    choice(allWires(), ELSEWHERE).read(backend);
  } catch (error) {
    throw usageError(`${source}: ${firstLine(error)}`);
  }
}

/** The wire that a plan would speak, for whoever prints it. */
export function backendOf(plan: Plan): string | undefined {
  return plan.type === 'cgi' ? 'cgi' : plan.binds[0]?.scheme;
}

async function listenOn(
  bind: readonly string[],
  scheme: Scheme,
  source: string,
  settings: Partial<TlsSettings>,
): Promise<Plan> {
  // Not before: a CGI program has no use for sockets, and every module costs it.
  const { parseBind } = await import('../settings/bind.ts');
  if (bind.length === 0) throw usageError(`${source}: expected an address, found none`);
  // One of the two says what was meant: it must not end as HTTP without TLS.
  if ((settings.tlsKey === undefined) !== (settings.tlsCert === undefined)) {
    throw usageError('--tls-key and --tls-cert need each other');
  }
  const binds = bind.map((text) => parseBind(text, scheme, source));
  const secure = bind[binds.findIndex((found) => found.scheme === 'https')];
  if (secure !== undefined) checkTls(`${source} ${secure}`, settings);
  return { type: 'listen', binds };
}

function hasKey({ tlsKey, tlsCert }: Partial<TlsSettings>): boolean {
  return tlsKey !== undefined && tlsCert !== undefined;
}

function checkTls(bind: string, settings: Partial<TlsSettings>): void {
  if (!hasKey(settings)) throw usageError(`${bind}: https needs --tls-key FILE and --tls-cert FILE`);
  // Against Node's roots, every certificate that anybody can buy would do; and a CA alone would verify nothing.
  if ((settings.tlsClientCertificates === undefined) !== (settings.tlsCa === undefined)) {
    throw usageError('--tls-client-certificates and --tls-ca need each other');
  }
}

function isCgiProgram(variables: NodeJS.ProcessEnv): boolean {
  return variables['GATEWAY_INTERFACE'] !== undefined && variables['REQUEST_METHOD'] !== undefined;
}

async function stdinListens(): Promise<boolean> {
  try {
    // As a big integer: after a socket in the other form, Node's next `import` follows no links (see @tsgi/transport).
    if (!fstatSync(0, { bigint: true }).isSocket()) return false;
  } catch {
    return false;
  }
  const { stdinIsListening } = await import('@tsgi/transport');
  return stdinIsListening();
}
