import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { App, Environ } from '@tsgi/core';
import { bytesToByteString } from '@tsgi/core';
import type { ForwardOptions } from '@tsgi/core/forward';
import { gateway as cgi } from '@tsgi/cgi-backend';
import { gateway as fcgi, serve as serveFcgi } from '@tsgi/fcgi-backend';
import { gateway as scgi, serve as serveScgi } from '@tsgi/scgi-backend';
import { onTestFinished } from 'vitest';

/** The wires that a gateway forwards over. */
export const WIRES = ['fcgi', 'scgi', 'cgi'] as const;
type Wire = (typeof WIRES)[number];

/** A folder that is gone with the test. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'tsgi-gateway-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** An executable. */
export function program(path: string, script: string): string {
  writeFileSync(path, `#!/bin/sh\n${script}`);
  chmodSync(path, 0o755);
  return path;
}

/**
 * A gateway to what answers `/` with these bytes, a whole CGI response, and `/then` with a short page that says the method
 * and the body's length.
 */
export async function gatewayTo(wire: Wire, response: string, options: ForwardOptions = {}): Promise<App> {
  const then = 'Content-Type: text/plain\r\n\r\nthen';
  if (wire === 'cgi') {
    const path = folder();
    writeFileSync(join(path, 'first'), response, 'latin1');
    writeFileSync(join(path, 'then'), then);
    const script = `if [ "$PATH_INFO" = /then ]; then cat "${path}/then"; else cat "${path}/first"; fi\n`;
    return cgi({ program: program(join(path, 'program'), script), ...options });
  }
  const path = join(folder(), 's');
  const server = createServer((socket) => answerOnce(wire, socket, response, then));
  await listening(server, path);
  return (wire === 'fcgi' ? fcgi : scgi)({ address: `unix:${path}`, ...options });
}

/** A gateway to an application of ours over the wire; over CGI to a program that does the same. */
export async function gatewayToApp(
  wire: 'fcgi' | 'scgi',
  app: App,
  options: ForwardOptions & { pool?: number } = {},
): Promise<App> {
  const path = join(folder(), 's');
  const server = await (wire === 'fcgi' ? serveFcgi : serveScgi)(app, { path, errors: () => {} });
  onTestFinished(() => void server.close({ grace: 1 }));
  return (wire === 'fcgi' ? fcgi : scgi)({ address: `unix:${path}`, ...options });
}

/** Says how long the body was. */
export const countingApp: App = async (environ: Environ, startResponse) => {
  let length = 0;
  for await (const chunk of environ['tsgi.input']) length += chunk.byteLength;
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [Buffer.from(`${length} of ${environ.CONTENT_LENGTH ?? 'none'}`)];
};

async function listening(server: Server, path: string): Promise<void> {
  onTestFinished(() => void server.close());
  await once(server.listen(path), 'listening');
}

/** Without a body there is one packet: its PATH_INFO is looked for as text. */
function answerOnce(wire: Wire, socket: Socket, response: string, then: string): void {
  socket.on('error', () => {});
  socket.once('data', (chunk: Buffer) => {
    const isThen = bytesToByteString(chunk).includes('/then');
    const text = Buffer.from(isThen ? then : response, 'latin1');
    socket.end(wire === 'fcgi' ? stdout(text) : text);
  });
}

function stdout(content: Buffer): Buffer {
  const records: Buffer[] = [];
  for (let at = 0; at < content.length; at += 65_535) {
    const piece = content.subarray(at, at + 65_535);
    records.push(Buffer.of(1, 6, 0, 1, piece.length >> 8, piece.length & 0xff, 0, 0), piece);
  }
  return Buffer.concat([
    ...records,
    Buffer.of(1, 6, 0, 1, 0, 0, 0, 0),
    Buffer.of(1, 3, 0, 1, 0, 8, 0, 0, ...Buffer.alloc(8)),
  ]);
}
