import type { App } from '@tsgi/core';
import { expect, test, vi } from 'vitest';
import { hello, start } from './peer.ts';
import { request } from './records.ts';

test('a log that the web server does not read goes to standard error, and is not kept', async () => {
  let text = '';
  const write = vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  const line = `${'x'.repeat(99_999)}\n`;
  const lines = 300;
  let most = 0;
  const app: App = async (environ, startResponse) => {
    const before = process.memoryUsage().arrayBuffers;
    for (let count = 0; count < lines; count += 1) {
      environ['tsgi.errors'].write(line);
      if (count % 10 === 0) await new Promise(setImmediate);
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    }
    return hello(environ, startResponse);
  };
  const peer = await (await start(app, { stderr: true })).connect();
  peer.socket.pause();
  peer.send(request());
  await expect.poll(() => text.length, { timeout: 30_000 }).toBeGreaterThan(20_000_000);
  peer.socket.resume();
  await peer.end();
  write.mockRestore();
  // 30 MB were written: what the socket takes and the bound of 1 MiB.
  expect(most).toBeLessThan(10_000_000);
  const sent = peer.events().filter(([what]) => what === 'stderr');
  const kept = sent.reduce((sum, [, , part]) => sum + String(part).length, 0);
  expect(kept).toBeGreaterThan(0);
  // Nothing is lost: each line is here or there.
  expect(kept + [...text].filter((letter) => letter === 'x').length).toBeGreaterThanOrEqual(lines * 99_999);
});
