import { TsgiError } from '@tsgi/core';

/** The most that the two bytes of a size can say. */
const MOST = 65_535;

/**
 * Encodes the packet of a uwsgi request.
 *
 * @param variables names and values alternate, byte strings.
 * @throws TsgiError `UWSGI_ENCODE` for what two bytes of size cannot hold (431), or a character above U+00FF.
 */
export function encodeUwsgiPacket(variables: readonly string[]): Buffer {
  const size = variables.reduce((sum, text) => sum + 2 + text.length, 0);
  if (size > MOST) throw unencodable(`variables of ${size} bytes, expected at most ${MOST} together`, 431);
  const packet = Buffer.alloc(4 + size);
  packet.writeUInt16LE(size, 1);
  let position = 4;
  for (const text of variables) {
    if (/[^\x00-\xff]/.test(text)) throw unencodable('a character above U+00FF, expected byte strings (R23)', 500);
    packet.writeUInt16LE(text.length, position);
    packet.write(text, position + 2, 'latin1');
    position += 2 + text.length;
  }
  return packet;
}

function unencodable(message: string, statusHint: number): TsgiError {
  return new TsgiError(`uwsgi: ${message}`, {
    code: 'UWSGI_ENCODE',
    side: statusHint === 500 ? 'app' : 'peer',
    statusHint,
    rule: 'R97',
  });
}
