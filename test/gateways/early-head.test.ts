import { existsSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { App } from '@tsgi/core';
import { gateway as cgi } from '@tsgi/cgi-backend';
import { serve } from '@tsgi/http-backend';
import { describe, expect, it, onTestFinished } from 'vitest';
import { folder, gatewayToApp, program, WIRES } from './behind.ts';

// R103 through a gateway: what is behind it sends its head and no byte of a body until the client has said, by making a file,
// that it has seen the head. A gateway that kept the head back would never come to the end.

/** Sends its head, and a byte when `gate` is there. */
function waiting(gate: string): App {
  return (environ, startResponse) => {
    startResponse('200 OK', [['Content-Type', 'text/plain']]);
    environ['tsgi.send_head']?.(startResponse);
    return afterGate(gate);
  };
}

async function* afterGate(gate: string): AsyncGenerator<Uint8Array> {
  for (let tries = 0; tries < 1000; tries++) {
    if (existsSync(gate)) return yield Buffer.from('after the head');
    await delay(10);
  }
  yield Buffer.from('the head was not seen');
}

async function gatewayOver(wire: (typeof WIRES)[number], gate: string): Promise<App> {
  if (wire !== 'cgi') return gatewayToApp(wire, waiting(gate));
  const script = `printf 'Content-Type: text/plain\\r\\n\\r\\n'
for i in $(seq 1000); do [ -e '${gate}' ] && { printf 'after the head'; exit; }; sleep 0.01; done
printf 'the head was not seen'
`;
  return cgi({ program: program(join(folder(), 'waiting'), script) });
}

/** The answer when its head has come; the program goes on then. */
async function answerOf(app: App, gate: string): Promise<{ type: string | undefined; body: string }> {
  const server = await serve(app, { port: 0, errors() {} });
  onTestFinished(() => server.close({ grace: 0 }));
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(server.address, resolve).on('error', reject);
  });
  writeFileSync(gate, '');
  let body = '';
  for await (const piece of response.setEncoding('utf8')) body += piece as string;
  return { type: response.headers['content-type'], body };
}

const WHOLE = { type: 'text/plain', body: 'after the head' };

describe.each(WIRES)('%s', (wire) => {
  it('a head that comes alone goes on alone', async () => {
    const gate = join(folder(), 'seen');
    expect(await answerOf(await gatewayOver(wire, gate), gate)).toEqual(WHOLE);
  });

  it('R91: where a middleware has a head of its own to send, it waits for the first byte, and nothing fails', async () => {
    const gate = join(folder(), 'seen');
    const inner = await gatewayOver(wire, gate);
    writeFileSync(gate, '');
    const named: App = (environ, startResponse) =>
      inner(environ, (status, headers, ...excInfo) =>
        startResponse(status, [...headers, ['X-Own', 'yes']], ...excInfo),
      );
    expect(await answerOf(named, gate)).toEqual(WHOLE);
  });
});

it('goes through HTTP, FastCGI, SCGI and CGI in a row', async () => {
  const gate = join(folder(), 'seen');
  const chain = await gatewayToApp('fcgi', await gatewayToApp('scgi', await gatewayOver('cgi', gate)));
  expect(await answerOf(chain, gate)).toEqual(WHOLE);
});
