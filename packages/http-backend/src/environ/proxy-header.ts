import { isIPv4, isIPv6 } from 'node:net';
import { plainAddress } from '@tsgi/transport';
import { requestError } from '../http1/codec/request-error.ts';

/** The connection that a proxy forwards. */
export interface ProxiedAddresses {
  sourceAddress: string;
  sourcePort: number;
  destinationAddress: string;
  destinationPort: number;
}

/** A PROXY header that has arrived whole. */
export interface ProxyHeader {
  /** Its bytes; what follows is the client's. */
  length: number;
  /** Absent where the proxy speaks for itself (LOCAL, a health check) or does not know (UNKNOWN). */
  addresses?: ProxiedAddresses;
}

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
/** The longest header of version 1, its CRLF included. */
const V1_LENGTH = 107;
const PROXY = 1;
const TCP4 = 0x11;
const TCP6 = 0x21;
/** The highest family, of UNIX sockets, and the highest transport, of datagrams. */
const MOST_FAMILY = 3;
const MOST_TRANSPORT = 2;

function bad(): Error {
  return requestError('expected a PROXY header (haproxy.org, proxy-protocol.txt)', 400, 'BAD_PROXY_HEADER');
}

/**
 * Reads a header of the PROXY protocol, version 1 or 2.
 *
 * @returns `undefined` when it takes more bytes.
 * @throws TsgiError of side 'peer' when the bytes are no such header.
 */
export function readProxyHeader(bytes: Buffer): ProxyHeader | undefined {
  const start = Math.min(bytes.length, SIGNATURE.length);
  if (bytes.subarray(0, start).equals(SIGNATURE.subarray(0, start)))
    return start < SIGNATURE.length ? undefined : binary(bytes);
  const prefix = Math.min(bytes.length, 6);
  if (bytes.toString('latin1', 0, prefix) !== 'PROXY '.slice(0, prefix)) throw bad();
  return textual(bytes);
}

function textual(bytes: Buffer): ProxyHeader | undefined {
  const end = bytes.subarray(0, V1_LENGTH).indexOf('\r\n');
  if (end === -1) {
    if (bytes.length >= V1_LENGTH) throw bad();
    return undefined;
  }
  const [, family, source = '', destination = '', sourcePort = '', destinationPort = '', more] = bytes
    .toString('latin1', 0, end)
    .split(' ');
  if (family === 'UNKNOWN') return { length: end + 2 };
  const isAddress = family === 'TCP4' ? isIPv4 : family === 'TCP6' ? isIPv6 : () => false;
  const isPort = (text: string): boolean => /^(?:0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535;
  if (more !== undefined || ![source, destination].every(isAddress) || ![sourcePort, destinationPort].every(isPort))
    throw bad();
  return {
    length: end + 2,
    addresses: {
      sourceAddress: plainAddress(source),
      sourcePort: Number(sourcePort),
      destinationAddress: plainAddress(destination),
      destinationPort: Number(destinationPort),
    },
  };
}

function binary(bytes: Buffer): ProxyHeader | undefined {
  if (bytes.length < 16) return undefined;
  const version = bytes.readUInt8(12);
  const length = 16 + bytes.readUInt16BE(14);
  if (version >> 4 !== 2 || (version & 0xf) > PROXY) throw bad();
  // Extensions (TLVs) come behind the addresses; a proxy sends some hundred bytes of them, not the 64 KiB there is room for.
  if (length > 4_096) throw bad();
  if (bytes.length < length) return undefined;
  if ((version & 0xf) !== PROXY) return { length };
  const family = bytes.readUInt8(13);
  // Section 2.2: an unknown family or transport must be refused. A known one that is not TCP tells nothing of a client.
  if (family >> 4 > MOST_FAMILY || (family & 0xf) > MOST_TRANSPORT) throw bad();
  const size = family === TCP4 ? 4 : family === TCP6 ? 16 : 0;
  if (size === 0) return { length };
  if (length < 16 + 2 * size + 4) throw bad();
  return {
    length,
    addresses: {
      sourceAddress: address(bytes.subarray(16, 16 + size)),
      destinationAddress: address(bytes.subarray(16 + size, 16 + 2 * size)),
      sourcePort: bytes.readUInt16BE(16 + 2 * size),
      destinationPort: bytes.readUInt16BE(18 + 2 * size),
    },
  };
}

function address(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_none, index) => bytes.readUInt16BE(2 * index).toString(16)).join(':');
  return plainAddress(groups);
}
