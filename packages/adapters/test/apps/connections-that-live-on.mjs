// One request, then connections that live on, as emitters with two listeners for an event. What V8 decides about the lists of
// these listeners is told by its own `--trace-pretenuring-statistics`. `untaught`: as a CGI program, which has no others.
import { EventEmitter } from 'node:events';
import { fromNode } from '@tsgi/adapters/node';
import { blankEnviron, createErrorStream } from '@tsgi/core/server';

const traits = {
  multithread: false,
  multiprocess: false,
  runOnce: process.argv[2] === 'untaught',
  concurrent: true,
  serverSoftware: 'test',
  errors: createErrorStream(() => {}),
};
const environ = Object.assign(blankEnviron(traits), { REQUEST_METHOD: 'GET', REQUEST_URI: '/', PATH_INFO: '/' });
await fromNode((_request, response) => response.end('x'))(environ, () => () => Promise.resolve());

const connections = [];
gc({ type: 'minor' });
for (let count = 0; count < 500; count++) {
  const connection = new EventEmitter();
  connections.push(connection.on('end', () => {}).on('end', () => {}));
}
for (let count = 0; count < 3; count++) gc({ type: 'minor' });
console.log(`${connections.length} connections`);
