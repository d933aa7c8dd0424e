function length(count: number): Buffer {
  if (count < 128) return Buffer.of(count);
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(count + 0x80000000);
  return bytes;
}

/** Names and values as FastCGI has them (specification §3.4). */
export function pairs(variables: readonly (readonly [name: string, value: string])[]): Buffer {
  return Buffer.concat(
    variables.flatMap(([name, value]) => [
      length(name.length),
      length(value.length),
      Buffer.from(name + value, 'latin1'),
    ]),
  );
}

/** A record of request 1. */
export function encodeRecord(type: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.of(1, type, 0, 1, content.length >> 8, content.length & 0xff, 0, 0), content]);
}
