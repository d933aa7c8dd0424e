import { closest } from '../command-line/did-you-mean.ts';
import { type CommandFailure, usageError } from '../command-line/failure.ts';
import type { ConfigFile } from './config-file.ts';
import { type Layer, layerOfConfig, strongest } from './layers.ts';
import { serveSettings } from './serve-settings.ts';
import type { Settings } from './settings.ts';

/** One server of the command, with what is set for it. */
export interface NamedServer {
  /** `undefined` where there are no named ones. */
  readonly name: string | undefined;
  readonly layer: Layer<Settings>;
}

/** For log lines, and for FileDescriptorName: no blanks, no colons. */
const NAME = /^[A-Za-z][\w.-]{0,63}$/;

/**
 * The servers of a config file that has several: `servers: { web: {…}, admin: {…} }`. What stands beside `servers` holds for each
 * of them that does not say otherwise.
 *
 * @param stronger what was given on the command line.
 * @param weaker what variables say.
 * @param chosen those of `--server`; all where there are none.
 * @throws CommandFailure (exit 2) naming the file, the server and the key.
 */
export function namedServers(
  { config, name: file, folder }: ConfigFile,
  stronger: Layer<Settings>,
  weaker: Layer<Settings>,
  chosen: readonly string[],
): NamedServer[] {
  const { servers, ...common }: { servers?: unknown } = { ...config };
  const shared = layerOfConfig(serveSettings, common, file, folder);
  if (typeof servers !== 'object' || servers === null || Array.isArray(servers)) {
    throw usageError(`${file}: servers: expected an object with a server under each name, found ${shown(servers)}`);
  }
  const names = Object.keys(servers);
  if (names.length === 0) throw usageError(`${file}: servers: expected a server, found none`);
  for (const name of chosen) if (!names.includes(name)) throw unknownServer(name, names, file);
  const all = names.map((name): NamedServer => {
    const where = `${file}: servers.${name}`;
    if (!NAME.test(name)) {
      throw usageError(`${file}: servers: expected a name of letters, digits, dots and dashes, found ${shown(name)}`);
    }
    const own: unknown = Reflect.get(servers, name);
    if (typeof own !== 'object' || own === null || Array.isArray(own)) {
      throw usageError(`${where}: expected an object with its settings, found ${shown(own)}`);
    }
    const layer = layerOfConfig(serveSettings, own, file, folder, `servers.${name}`);
    return { name, layer: strongest(stronger, layer, shared, weaker) };
  });
  return chosen.length === 0 ? all : all.filter(({ name = '' }) => chosen.includes(name));
}

function unknownServer(name: string, names: readonly string[], file: string): CommandFailure {
  const meant = closest(name, names);
  const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
  return usageError(`--server ${name}: expected ${names.join(', ')}, the servers of ${file}${hint}`);
}

function shown(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}
