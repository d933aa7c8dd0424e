import type { Socket } from 'node:net';
import { type Certificate, type PeerCertificate, TLSSocket } from 'node:tls';

/** What a TLS connection adds to the environ, in the names of mod_ssl. */
export function tlsVariables(socket: Socket): Record<string, string> {
  if (!(socket instanceof TLSSocket)) return { HTTPS: 'on' };
  const variables: Record<string, string> = { HTTPS: 'on', SSL_CLIENT_VERIFY: 'NONE' };
  const protocol = socket.getProtocol();
  if (protocol !== null) variables.SSL_PROTOCOL = protocol;
  variables.SSL_CIPHER = socket.getCipher().name;
  const { servername } = socket as { servername?: string | false };
  if (typeof servername === 'string') variables.SSL_TLS_SNI = servername;
  const certificate = socket.getPeerCertificate();
  if (certificate?.subject !== undefined) addClient(variables, certificate, socket);
  return variables;
}

function addClient(variables: Record<string, string>, certificate: PeerCertificate, socket: TLSSocket): void {
  variables.SSL_CLIENT_VERIFY = socket.authorized ? 'SUCCESS' : `FAILED:${String(socket.authorizationError)}`;
  variables.SSL_CLIENT_M_SERIAL = certificate.serialNumber;
  variables.SSL_CLIENT_S_DN = distinguishedName(certificate.subject);
  variables.SSL_CLIENT_I_DN = distinguishedName(certificate.issuer);
  variables.SSL_CLIENT_V_START = certificate.valid_from;
  variables.SSL_CLIENT_V_END = certificate.valid_to;
  for (const [key, values] of parts(certificate.subject)) variables[`SSL_CLIENT_S_DN_${key}`] = values.join(',');
  for (const [key, values] of parts(certificate.issuer)) variables[`SSL_CLIENT_I_DN_${key}`] = values.join(',');
  const lines = certificate.raw.toString('base64').match(/.{1,64}/g) ?? [];
  variables.SSL_CLIENT_CERT = `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

/** RFC 2253: the most specific part first. */
function distinguishedName(name: Certificate): string {
  const pairs = parts(name).flatMap(([key, values]) =>
    values.map((value) => `${key}=${value.replace(/[,+"\\<>;]/g, '\\$&')}`),
  );
  return pairs.toReversed().join(',');
}

/** The parts of a name as byte strings: certificates hold text, environs hold bytes (R23). */
function parts(name: Certificate): [key: string, values: string[]][] {
  return Object.entries(name).map(([key, value]: [string, string | string[] | undefined]) => [
    key,
    [value ?? []].flat().map((text) => Buffer.from(text, 'utf8').toString('latin1')),
  ]);
}
