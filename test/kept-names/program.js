// Serves one wire, and says over IPC what of its requests is still in its memory.
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { getHeapSnapshot, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

const [wire] = process.argv.slice(2);
const { serve } = await import(`../../packages/${wire}-backend/dist/index.js`);

const app = (environ, startResponse) => {
  const seen = environ.HTTP_COOKIE ?? 'none';
  startResponse('200 OK', [
    ['Content-Type', 'text/plain'],
    ['Content-Length', String(seen.length)],
  ]);
  return [Buffer.from(seen, 'latin1')];
};
const server = await serve(app, { port: 0 });

/** How many of the secrets stand in the heap, once what is free was collected. */
async function secretsKept(mark) {
  collect();
  const found = new Set();
  let last = '';
  const search = new Writable({
    write(chunk, _encoding, done) {
      const text = last + chunk.toString('latin1');
      for (const [secret] of text.matchAll(new RegExp(`${mark}\\d{6}`, 'g'))) found.add(secret);
      last = text.slice(-64);
      done();
    },
  });
  await pipeline(getHeapSnapshot(), search);
  return found.size;
}

process.on('message', async (question) => {
  if (question.close) {
    await server.close();
    process.disconnect();
    return;
  }
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  // The mark comes in two halves, so that the question is no answer.
  const secrets = question.mark === undefined ? 0 : await secretsKept(question.mark.join(''));
  process.send({ held: heapUsed + arrayBuffers, secrets });
});
process.send({ port: server.port });
