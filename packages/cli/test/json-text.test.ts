import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { tsgi } from './command.ts';

const QUESTION = '{"calls":0,"events":[],"notes":{},"violations":[]}';
const REASON = '\u009b31m\u202e';

it('what a server answers commands no terminal from a report in JSON, and stays what it was', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', (head) => {
      const isQuestion = head.includes('X-Tsgi-Ask');
      const [line, body] = isQuestion ? ['200 OK', QUESTION] : [`299 ${REASON}`, 'x'];
      socket.end(Buffer.from(`HTTP/1.1 ${line}\r\nContent-Length: ${body.length}\r\n\r\n${body}`, 'latin1'));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  const where = `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  const args = ['conformance', where, '--format', 'json', '--case', 'a-synchronous-app-is-served', '--timeout', '1'];
  const { stdout, exitCode } = await tsgi(args);
  expect(exitCode).toBe(1);
  // oxlint-disable-next-line no-control-regex -- these are what must not be there
  expect(stdout).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
  expect(stdout).toContain('\\u009b31m');
  expect(JSON.stringify(JSON.parse(stdout))).toContain('\u009b31m');
});
