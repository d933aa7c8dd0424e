// `npm start`: one app over four wires, and a page on which to see it. PORT chooses another port than 8000.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TsgiError } from '@tsgi/core';
import { serve } from '@tsgi/http-backend';
import { makeFront, warmUp } from './front.js';
import { startWires } from './wires.js';

const text = process.env.PORT || '8000';
const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
if (!(port <= 65_535)) {
  process.stderr.write(`PORT=${text} is not a port: expected a number from 0 to 65535, as in  PORT=8001 npm start\n`);
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'tsgi-demo-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

const { wires, close } = await startWires(folder);
try {
  const front = await serve(makeFront(wires), { host: '127.0.0.1', port });
  await warmUp(wires);
  process.stderr.write(`One app, four wires:  ${front.address}\nCtrl+C ends it.\n`);
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, async () => {
      await front.close({ grace: 1000 });
      await close();
    });
  }
} catch (error) {
  if (!(error instanceof TsgiError && error.code === 'ADDRESS_IN_USE')) throw error;
  process.stderr.write(
    `Port ${port} is taken: another program listens on 127.0.0.1:${port}. End it, or choose another port:  PORT=${port + 1} npm start\n`,
  );
  process.exit(3);
}
