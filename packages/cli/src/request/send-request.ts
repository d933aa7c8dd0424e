import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { App } from '@tsgi/core';
import type { AnswerPrinter } from './answer-printer.ts';
import type { OutgoingRequest } from './outgoing-request.ts';
import { sendOverHttp } from './send-over-http.ts';
import { sendThroughGateway } from './send-through-gateway.ts';
import type { Layer } from '../settings/layers.ts';
import type { ListenSettings } from '../settings/settings.ts';
import { startServers } from '../serving/start-servers.ts';

/** The wires that a request can be sent over. */
export const REQUEST_WIRES = ['http', 'fcgi', 'scgi', 'cgi'] as const;

/** What to send, to what, and how. */
export interface RequestPlan {
  readonly wire: (typeof REQUEST_WIRES)[number];
  readonly app: App;
  /** What the application was loaded from: a CGI program loads it again. */
  readonly spec: string;
  readonly outgoing: OutgoingRequest;
  readonly layer: Layer<ListenSettings>;
  readonly printer: AnswerPrinter;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** Sends a request through the wire's real codecs, both ends of it, and prints the answer; false when it was cut short. */
export async function sendRequest(plan: RequestPlan): Promise<boolean> {
  // Nobody but this user may look in.
  const folder = mkdtempSync(join(tmpdir(), 'tsgi-'));
  try {
    return await (plan.wire === 'cgi' ? sendToProgram(folder, plan) : sendToServer(folder, plan));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function sendToServer(
  folder: string,
  { wire, app, outgoing, layer, printer, signal }: RequestPlan,
): Promise<boolean> {
  if (wire === 'cgi') return false;
  const address = { type: 'unix', path: join(folder, 's') } as const;
  const servers = await startServers(app, [{ scheme: wire, address }], layer);
  try {
    if (wire === 'http') return await sendOverHttp(address.path, outgoing, printer, signal);
    const { gateway } = await (wire === 'fcgi' ? import('@tsgi/fcgi-backend') : import('@tsgi/scgi-backend'));
    return await sendThroughGateway(gateway({ address }), outgoing, printer, signal);
  } finally {
    await Promise.all(servers.map((server) => server.close({ grace: 1000 })));
  }
}

async function sendToProgram(
  folder: string,
  { spec, outgoing, layer, printer, signal }: RequestPlan,
): Promise<boolean> {
  const { gateway } = await import('@tsgi/cgi-backend');
  const { scriptName } = layer.values;
  const args = ['serve', spec, '--backend', 'cgi', ...(scriptName === undefined ? [] : ['--script-name', scriptName])];
  const program = join(folder, 'program.mjs');
  const main = new URL('../main.js', import.meta.url).href;
  // A CGI program has no arguments of its own, and its current folder is another one.
  const text = `#!${process.execPath}
import { main } from ${JSON.stringify(main)};
process.chdir(${JSON.stringify(process.cwd())});
const exitCode = await main(${JSON.stringify(args)});
if (exitCode !== 0) process.exitCode = exitCode;
`;
  writeFileSync(program, text);
  chmodSync(program, 0o700);
  return sendThroughGateway(gateway({ program }), outgoing, printer, signal);
}
