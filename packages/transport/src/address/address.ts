import { isIPv6 } from 'node:net';
import { TsgiError } from '@tsgi/core';

/** Where a backend listens, or where a gateway connects to. */
export type Address =
  | {
      readonly type: 'tcp';
      /** A name or an IP address without brackets; empty means every interface. */
      readonly host: string;
      /** 0 lets the system choose. */
      readonly port: number;
    }
  | {
      readonly type: 'unix';
      readonly path: string;
      /** Permission bits of the socket. Without them the umask decides; with a group, 660. */
      readonly mode?: number;
      /** The socket's group: a name, or digits. */
      readonly group?: string;
    }
  | {
      readonly type: 'fd';
      /** A listening socket that this process inherited. */
      readonly fd: number;
    };

/** `sun_path` has 108 bytes on Linux, the last one is a NUL. */
const UNIX_PATH_LIMIT = 107;

/** What systems allow for a group's name, or its number. */
const GROUP = /^(?:[A-Za-z_][\w.$@\\-]{0,254}|\d{1,10})$/;

const GRAMMAR = 'HOST:PORT, [IPV6]:PORT, unix:PATH[?mode=660&group=NAME] or fd:N';

/**
 * Reads `HOST:PORT`, `[::1]:PORT`, `unix:PATH[?mode=660&group=NAME|GID]` or `fd:N`. An empty host means every interface.
 *
 * @param scheme may stand before the address as `formatAddress` writes it, and `RunningServer.address` has it. Without this
 *   parameter no scheme may.
 * @throws TsgiError `BAD_ADDRESS`, naming the text and what was expected.
 */
export function parseAddress(text: string, scheme?: string): Address {
  const prefix = `${scheme}://`;
  // `fcgi://fd:3` would be a host called fd.
  if (scheme !== undefined && text.startsWith(prefix) && !/^(?:unix|fd):/.test(text.slice(prefix.length))) {
    return parseTcp(text, text.slice(prefix.length));
  }
  const [, plus, type, rest = ''] = /^(?:(\w+)\+)?(unix|fd):(.*)$/s.exec(text) ?? [];
  if (type === undefined || (plus !== undefined && plus !== scheme)) return parseTcp(text, text);
  return type === 'unix' ? parseUnix(text, rest) : parseDescriptor(text, rest);
}

/** `'http://127.0.0.1:8000'`, `'fcgi+unix:/run/app.sock?mode=660'`, `'scgi+fd:3'`: what `--bind` takes. */
export function formatAddress(scheme: string, address: Address): string {
  if (address.type === 'fd') return `${scheme}+fd:${address.fd}`;
  if (address.type === 'unix') {
    const settings = [];
    if (address.mode !== undefined) settings.push(`mode=${address.mode.toString(8)}`);
    if (address.group !== undefined) settings.push(`group=${address.group}`);
    return `${scheme}+unix:${address.path}${settings.length === 0 ? '' : `?${settings.join('&')}`}`;
  }
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return `${scheme}://${host}:${address.port}`;
}

/**
 * An address that the system would refuse or, worse, cut short: a path beyond `sun_path`, a port beyond 16 bits.
 *
 * @throws TsgiError `BAD_ADDRESS`
 */
export function checkAddress(address: Address): void {
  if (address.type === 'tcp') {
    if (Number.isInteger(address.port) && address.port >= 0 && address.port <= 65_535) return;
    throw badAddress(`${address.host}:${address.port}`, 'a port is a number from 0 to 65535');
  }
  if (address.type === 'fd') {
    if (Number.isInteger(address.fd) && address.fd >= 0) return;
    throw badAddress(`fd:${address.fd}`, 'a descriptor is a number, as in fd:3');
  }
  if (address.path === '' || address.path.includes('\0')) {
    throw badAddress(`unix:${address.path}`, 'a socket path is not empty and holds no NUL');
  }
  const { mode, group } = address;
  if (mode !== undefined && !(Number.isInteger(mode) && mode >= 0 && mode <= 0o7777)) {
    throw badAddress(`unix:${address.path}`, `a mode is a whole number from 0 to 0o7777, found ${String(mode)}`);
  }
  if (group !== undefined && !GROUP.test(group)) {
    throw badAddress(`unix:${address.path}`, `a group is a name or a number, found ${JSON.stringify(group)}`);
  }
  const bytes = Buffer.byteLength(address.path);
  if (bytes > UNIX_PATH_LIMIT) {
    throw badAddress(
      `unix:${address.path}`,
      `the path has ${bytes} bytes, a socket path has at most ${UNIX_PATH_LIMIT}`,
    );
  }
}

/** True for a path that fits into `sun_path`. */
export function fitsSocketPath(path: string): boolean {
  return Buffer.byteLength(path) <= UNIX_PATH_LIMIT;
}

// Each reads `rest`, and names the whole `text` when that is wrong.

function parseDescriptor(text: string, rest: string): Address {
  if (!/^\d{1,9}$/.test(rest)) throw badAddress(text, 'a descriptor is a number, as in fd:3');
  return { type: 'fd', fd: Number(rest) };
}

function parseUnix(text: string, rest: string): Address {
  const mark = rest.indexOf('?');
  if (mark === -1) return checked({ type: 'unix', path: rest });
  const path = rest.slice(0, mark);
  let mode: number | undefined;
  let group: string | undefined;
  for (const setting of rest.slice(mark + 1).split('&')) {
    const [, octal] = /^mode=([0-7]{3,4})$/.exec(setting) ?? [];
    const [, name] = /^group=(.*)$/s.exec(setting) ?? [];
    if (octal !== undefined && mode === undefined) mode = Number.parseInt(octal, 8);
    else if (name !== undefined && group === undefined && GROUP.test(name)) group = name;
    else
      throw badAddress(
        text,
        'after ? comes mode= and octal digits, as in ?mode=660, or group= and a name or number, or both with & between',
      );
  }
  return checked({
    type: 'unix',
    path,
    ...(mode === undefined ? undefined : { mode }),
    ...(group === undefined ? undefined : { group }),
  });
}

function parseTcp(text: string, rest: string): Address {
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,20})$/.exec(rest);
  if (match === null) {
    const hint = isIPv6(rest.replace(/:\d+$/, ''))
      ? 'an IPv6 address needs brackets, as in [::1]:8000'
      : `expected ${GRAMMAR}`;
    throw badAddress(text, hint);
  }
  const [, ipv6, name = '', port] = match;
  if (ipv6 !== undefined && !isIPv6(ipv6)) throw badAddress(text, `[${ipv6}] is not an IPv6 address`);
  if (!/^[\w.-]*$/.test(name)) throw badAddress(text, `expected ${GRAMMAR}`);
  return checked({ type: 'tcp', host: ipv6 ?? name, port: Number(port) });
}

function checked(address: Address): Address {
  checkAddress(address);
  return address;
}

function badAddress(text: string, expected: string): TsgiError {
  return new TsgiError(`bad address "${text}": ${expected}`, { code: 'BAD_ADDRESS', side: 'app' });
}
