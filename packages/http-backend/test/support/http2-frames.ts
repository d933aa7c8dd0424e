/** How a client begins (RFC 9113 §3.4), before its SETTINGS. */
export const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

export const END_STREAM = 1;
export const END_HEADERS = 4;

/** A frame (RFC 9113 §4.1). */
export function frame(type: number, flags: number, stream: number, payload: Uint8Array = new Uint8Array(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

export function settingsFrame(settings?: Uint8Array): Buffer {
  return frame(4, 0, 0, settings);
}

/** `GET https://a/`, in HPACK (RFC 7541): three indexed fields and `:authority` as a literal. */
export const GET = Buffer.from([0x82, 0x87, 0x84, 0x41, 1, 0x61]);
/** The same, as a POST. */
export const POST = Buffer.from([0x83, 0x87, 0x84, 0x41, 1, 0x61]);

export function headersFrame(stream: number, flags: number, block: Uint8Array): Buffer {
  return frame(1, flags, stream, block);
}

export function continuationFrame(stream: number, flags: number, block: Uint8Array): Buffer {
  return frame(9, flags, stream, block);
}

export function dataFrame(stream: number, flags: number, data: Uint8Array): Buffer {
  return frame(0, flags, stream, data);
}

export function resetFrame(stream: number, code = 8): Buffer {
  return frame(3, 0, stream, Buffer.from([0, 0, 0, code]));
}

/** A header block of literals without indexing and without Huffman (RFC 7541 §6.2.2). */
export function literals(fields: Record<string, string>): Buffer {
  return Buffer.concat(
    Object.entries(fields).flatMap(([name, value]) => [Buffer.from([0]), literal(name), literal(value)]),
  );
}

/** RFC 7541 §5.2, with a length of up to 16,510 bytes. */
function literal(text: string): Buffer {
  const { length } = text;
  const prefix = length < 127 ? [length] : [127, ((length - 127) % 128) + 128, Math.floor((length - 127) / 128)];
  return Buffer.concat([Buffer.from(prefix), Buffer.from(text, 'latin1')]);
}
