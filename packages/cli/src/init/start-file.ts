import type { Interface } from '@tsgi/adapters';

/** What a start file has to say. */
export interface StartFile {
  /** The module of the application, relative to the start file; `app.js:name` for another export than the default one. */
  readonly app: string;
  readonly interface?: Interface | undefined;
  readonly scriptName?: string | undefined;
}

/** The name that cPanel and Plesk are told. `.cjs`, because `app.js` is an ES module where package.json says so. */
export const START_FILE = 'app.cjs';

/**
 * The start file for Passenger and LiteSpeed. Even a Node that is far too old can read it, and says so by what it answers.
 */
export function startFileText({ app, interface: as, scriptName }: StartFile): string {
  const more = Object.entries({ interface: as, scriptName })
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `, ${key}: ${quoted(value ?? '')}`);
  return `// The start file for Phusion Passenger (cPanel, Plesk) and LiteSpeed, written by "tsgi init --passenger". They require() it,
// which is why it is CommonJS, and take over the one server that listens in it: it does so once the application is loaded.
'use strict';
const http = require('http');

import('tsgi/passenger').then(
  ({ start }) => start({ folder: __dirname, app: ${quoted(app)}${more.join('')} }),
  (error) => {
    console.error(error);
    const reason = 'tsgi cannot be loaded by Node ' + process.versions.node;
    const server = http.createServer((request, response) => {
      response.writeHead(503, { 'Content-Type': 'text/plain; charset=utf-8', Connection: 'close' });
      response.end(reason + ': run npm install in the folder of the application; it needs Node 20.19 or newer.\\n');
    });
    // It ends after a while, and the next request tries again.
    server.listen(3000, '127.0.0.1', () => setTimeout(() => process.exit(1), 3000));
  },
);
`;
}

function quoted(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}
