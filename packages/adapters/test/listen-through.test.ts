import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

// What lets the tests of others listen through our wires: the port is there at once, and what answers is ours.
const preload = new URL('others/listen-through.mjs', import.meta.url).pathname;

const script = `
import { createServer } from 'node:http';
const server = createServer((request, response) => {
  response.end(request.url + ' ' + request.socket.constructor.name);
}).listen(0);
const { port } = server.address();
const answer = await fetch('http://localhost:' + port + '/a');
console.log(server.listening, await answer.text(), answer.headers.get('server'));
server.close(() => console.log('closed'));
`;

it.each(['http', 'fcgi', 'scgi'])('an http.Server listens through %s', async (wire) => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', preload, '--input-type=module', '--eval', script],
    { env: { ...process.env, TSGI_WIRE: wire }, timeout: 20_000 },
  );
  expect(stdout).toBe('true /a WireSocket TSGI\nclosed\n');
});
