import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { ClassicServer, makeServer } from '../src/index.ts';
import { RawClient } from './support/raw-client.ts';
import { hello } from './support/serving.ts';

/** Sockets that cannot be asked for their peer. */
class BrokenSockets extends ClassicServer {
  protected override verifyRequest(socket: Socket): boolean {
    Object.defineProperty(socket, 'remoteAddress', {
      get(): never {
        throw new Error("EMFILE: too many open files, open '/srv/app/node_modules/x.js'");
      },
    });
    return true;
  }
}

test('R78: a fault of the server is a 500 that says no more, and a line of the log that says it all', async () => {
  const log: string[] = [];
  const server = makeServer('127.0.0.1', 0, hello, { serverClass: BrokenSockets, errors: (text) => log.push(text) });
  await server.listening;
  const served = server.serveForever();
  const client = await RawClient.connect({ host: '127.0.0.1', port: server.port ?? 0 });
  client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  const answer = await client.rest();
  expect(answer).toMatch(/^HTTP\/1\.1 500 Internal Server Error\r\n/);
  expect(answer).not.toMatch(/EMFILE|srv|node_modules/);
  expect(log.join('')).toContain("EMFILE: too many open files, open '/srv/app/node_modules/x.js'");
  client.destroy();
  await server.close({ grace: 0 });
  await served;
});

test('the first request finds nothing to be loaded: it is answered where no file can be opened', async () => {
  const entry = fileURLToPath(new URL('../dist/index.js', import.meta.url));
  const script = `
    import { openSync } from 'node:fs';
    import { connect } from 'node:net';
    import { serve } from '${entry}';
    const server = await serve((environ, startResponse) => {
      startResponse('200 OK', [['Content-Length', '2']]);
      return [new TextEncoder().encode('ok')];
    }, { port: 0 });
    const client = connect(server.port, '127.0.0.1');
    await new Promise((resolve) => client.once('connect', resolve));
    await new Promise((resolve) => setTimeout(resolve, 100));
    try { for (;;) openSync('/dev/null'); } catch (error) { process.stdout.write(error.code + ' '); }
    client.write('GET / HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n');
    client.on('data', (bytes) => { process.stdout.write(String(bytes).split('\\r\\n')[0]); process.exit(); });
  `;
  const child = spawn('sh', ['-c', 'ulimit -n 128; exec "$0" --input-type=module -e "$1"', process.execPath, script]);
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  child.stdout.on('data', (bytes) => (output += String(bytes)));
  await new Promise((resolve) => child.once('close', resolve));
  expect(output).toBe('EMFILE HTTP/1.1 200 OK');
});
