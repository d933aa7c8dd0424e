import type { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

/** The parts of a name that mod_ssl has variables for, by what OpenSSL calls them. */
const PARTS = new Map([
  ...['C', 'ST', 'L', 'O', 'OU', 'CN', 'UID'].map((name): [string, string] => [name, name]),
  ['title', 'T'],
  ['initials', 'I'],
  ['GN', 'G'],
  ['SN', 'S'],
  ['description', 'D'],
  ['emailAddress', 'Email'],
  ['serialNumber', 'SerialNumber'],
]);

/** What Node says of a TLS socket: its class is asked for nowhere, for without TLS the module costs a MiB. */
function isUnderTls(socket: Socket): socket is TLSSocket {
  return (socket as { encrypted?: unknown }).encrypted === true;
}

/** What a TLS connection adds to the environ, in the names of mod_ssl. */
export function tlsVariables(socket: Socket): Record<string, string> {
  if (!isUnderTls(socket)) return { HTTPS: 'on' };
  const variables: Record<string, string> = { HTTPS: 'on', SSL_CLIENT_VERIFY: 'NONE' };
  const protocol = socket.getProtocol();
  if (protocol !== null) variables.SSL_PROTOCOL = protocol;
  variables.SSL_CIPHER = socket.getCipher().name;
  const { servername } = socket as { servername?: string | false };
  if (typeof servername === 'string') variables.SSL_TLS_SNI = servername;
  const certificate = socket.getPeerX509Certificate();
  if (certificate !== undefined) addClient(variables, certificate, socket);
  return variables;
}

function addClient(variables: Record<string, string>, certificate: X509Certificate, socket: TLSSocket): void {
  variables.SSL_CLIENT_VERIFY = socket.authorized ? 'SUCCESS' : `FAILED:${String(socket.authorizationError)}`;
  variables.SSL_CLIENT_M_SERIAL = certificate.serialNumber;
  variables.SSL_CLIENT_V_START = certificate.validFrom;
  variables.SSL_CLIENT_V_END = certificate.validTo;
  variables.SSL_CLIENT_CERT = certificate.toString();
  addName(variables, 'SSL_CLIENT_S_DN', certificate.subject);
  addName(variables, 'SSL_CLIENT_I_DN', certificate.issuer);
}

/**
 * @param name a line for each of its elements, the most general first, escaped as RFC 2253 has it; the parts of an element
 *   that has several are joined with ` + `. `undefined` when it is empty, though the types of Node do not say so.
 */
function addName(variables: Record<string, string>, variable: string, name: string | undefined): void {
  if (name === undefined) return;
  // Certificates hold text, environs hold bytes (R23).
  const elements = Buffer.from(name, 'utf8')
    .toString('latin1')
    .split('\n')
    .map((element) => element.split(' + '));
  // RFC 2253: the most specific element first.
  const reversed = elements.map((parts) => parts.toReversed().join('+')).toReversed();
  variables[variable] = reversed.join(',');
  const seen = new Map<string, number>();
  for (const part of elements.flat()) {
    const equals = part.indexOf('=');
    const key = PARTS.get(part.slice(0, equals));
    if (key === undefined) continue;
    // The first has no number. As in mod_ssl a backslash stays doubled, for controls are escaped with one.
    const before = seen.get(key) ?? 0;
    seen.set(key, before + 1);
    const value = part.slice(equals + 1).replace(/\\([^\\0-9A-F])|\\\\/g, (pair, escaped?: string) => escaped ?? pair);
    variables[before === 0 ? `${variable}_${key}` : `${variable}_${key}_${before}`] = value;
  }
}
