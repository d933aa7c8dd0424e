import type { Input } from '../src/index.ts';
import { RequestBody } from '../src/server.ts';
import { bytes, shown } from './scripted-writer.ts';

/** A body that has arrived whole, in these chunks. */
export function whole(...chunks: string[]): Input {
  const body = new RequestBody();
  for (const chunk of chunks) body.push(bytes(chunk));
  body.end();
  return body.input;
}

/** What was read, as Latin-1. */
export async function text(read: Promise<Uint8Array>): Promise<string> {
  return shown(await read);
}

/** The lines that were read. */
export async function texts(read: Promise<Uint8Array[]>): Promise<string[]> {
  return (await read).map((line) => shown(line));
}
