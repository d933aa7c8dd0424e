import { usageError } from '../command-line/failure.ts';
import { logLine } from '../command-line/standard-streams.ts';
import type { Scheme } from '../settings/bind.ts';
import { listeningWires } from '../settings/wires.ts';

/** sd_listen_fds(3): the descriptors that are handed over begin here. */
const FIRST_DESCRIPTOR = 3;

/** A process has no more of them than this, usually. */
const MOST_DESCRIPTORS = 1024;

/** One of the servers of a config file, and the names of all that are served. */
export interface OneOfServers {
  readonly name: string;
  readonly all: readonly string[];
}

/**
 * The listening sockets that systemd, or whoever speaks its protocol, has handed over: LISTEN_FDS of them, for the process of
 * LISTEN_PID only. A name in LISTEN_FDNAMES that is a wire, or begins with one (`fcgi`, `fcgi-internal`), chooses it. Of
 * several servers each has the sockets of its name (`admin`), behind which a wire may stand (`admin-fcgi`).
 *
 * @returns as `--bind` takes them; none when there are none.
 * @throws CommandFailure (exit 2) for a LISTEN_FDS that is no number.
 */
export function handedOver(variables: NodeJS.ProcessEnv, pid: number = process.pid, server?: OneOfServers): string[] {
  const { LISTEN_FDS: count = '', LISTEN_PID: owner = '', LISTEN_FDNAMES: names = '' } = variables;
  if (count === '' || owner === '') return [];
  if (owner !== String(pid)) {
    logLine(
      `LISTEN_FDS is for process ${owner} (LISTEN_PID), and this one is ${pid}: its sockets are not taken; they need node itself as the program that is started`,
    );
    return [];
  }
  if (!/^\d{1,4}$/.test(count) || Number(count) > MOST_DESCRIPTORS) {
    throw usageError(`LISTEN_FDS: expected a number of descriptors, found ${JSON.stringify(count)}`);
  }
  const byPlace = names.split(':');
  const sockets = Array.from({ length: Number(count) }, (_, index) => {
    const name = byPlace[index] ?? '';
    const owner = server === undefined ? undefined : ownerOf(name, server.all);
    const scheme = schemeIn(owner === undefined ? name : name.slice(owner.length + 1));
    const fd = `fd:${FIRST_DESCRIPTOR + index}`;
    return { owner, bind: scheme === undefined ? fd : `${scheme}+${fd}` };
  });
  const hasOwners = sockets.some(({ owner }) => owner !== undefined);
  return sockets.filter(({ owner }) => !hasOwners || owner === server?.name).map(({ bind }) => bind);
}

/** The server that a socket is for: it has the longest of the names that fit. */
function ownerOf(name: string, servers: readonly string[]): string | undefined {
  const fitting = servers.filter(
    (server) => name === server || (/^[-._]/.test(name.slice(server.length)) && name.startsWith(server)),
  );
  return fitting.toSorted((one, other) => other.length - one.length)[0];
}

/** Says which of the sockets nobody asked for: an address may have been forgotten. */
export function sayWhatIsLeft(variables: NodeJS.ProcessEnv, binds: readonly string[]): void {
  const taken = binds.map((bind) => /fd:\d+$/.exec(bind)?.[0]);
  const left = handedOver(variables).filter((bind) => !taken.includes(/fd:\d+$/.exec(bind)?.[0]));
  if (left.length > 0) logLine(`${left.join(' and ')}, handed over in LISTEN_FDS, is not among the addresses`);
}

function schemeIn(name: string): Scheme | undefined {
  const [, word] = /^([a-z]+)(?:[-._].*)?$/.exec(name) ?? [];
  return listeningWires().find((scheme) => scheme === word);
}
