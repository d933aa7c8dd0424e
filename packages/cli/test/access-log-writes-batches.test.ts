import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { accessFormat, type AccessRecord } from '@tsgi/adapters/access-log';
import { expect, test } from 'vitest';
import { AccessLog } from '../src/observing/access-log.ts';
import type { LogTarget } from '../src/observing/log-target.ts';
import { folder } from './command.ts';

const record: AccessRecord = {
  environ: { REMOTE_ADDR: '127.0.0.1' },
  method: 'GET',
  target: '/',
  protocol: 'HTTP/1.1',
  status: 200,
  bytes: 5,
  began: 0,
  duration: 1,
  aborted: false,
  headers: [],
  requestId: undefined,
  isPlainId: false,
  keepsConnection: true,
  refused: undefined,
};

/** A file whose writes are done a turn of the loop later, as those of a thread, and are counted. */
function countedFile(path: string, atomic?: number): LogTarget & { writes: number } {
  const fd = openSync(path, 'a');
  return {
    atomic,
    writes: 0,
    write(bytes, done) {
      this.writes++;
      writeSync(fd, bytes);
      setImmediate(done, undefined, new Uint8Array(0));
    },
    writeNow: (bytes) => bytes.subarray(writeSync(fd, bytes)),
    reopen() {},
    close: () => closeSync(fd),
  };
}

test.each([
  { to: 'a file', atomic: undefined, size: 65_536 },
  { to: 'a pipe', atomic: 4096, size: 4096 },
])('lines that come in many turns of the loop go to $to in few writes, and all of them', async ({ atomic, size }) => {
  const path = join(folder({}), 'access.log');
  const target = countedFile(path, atomic);
  const log = new AccessLog('access log', target, accessFormat('common'));
  const LINES = 20_000;
  const begun = performance.now();
  for (let line = 0; line < LINES; line++) {
    log.write(record);
    // What is done in one turn of a busy server.
    if (line % 8 === 0) await nextTurn();
  }
  const waits = Math.ceil((performance.now() - begun) / 100);
  await log.close();
  const text = readFileSync(path, 'latin1');
  expect(text.split('\n')).toHaveLength(LINES + 1);
  expect(target.writes).toBeLessThanOrEqual(Math.ceil(text.length / (size / 2)) + waits + 2);
});
