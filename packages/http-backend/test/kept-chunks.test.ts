import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { expect, test } from 'vitest';
import { bytes, serving } from './support/serving.ts';

// Buffers are shared between sockets, lent and given away: what an application keeps must stay what it was.
test.each([
  ['of known length', true],
  ['in chunks', false],
])('what an application keeps of big bodies %s does not change, with many at a time', async (_name, known) => {
  await using server = await serving(async (environ, startResponse) => {
    const kept: Uint8Array[] = [];
    for await (const chunk of environ['tsgi.input']) kept.push(chunk);
    startResponse('200 OK', []);
    return [bytes(createHash('sha1').update(Buffer.concat(kept)).digest('hex'))];
  });
  const upload = (size: number): Promise<[sent: string, received: string]> =>
    new Promise((resolve, reject) => {
      const body = randomBytes(size);
      const headers: Record<string, number | string> = known
        ? { 'Content-Length': size }
        : { 'Transfer-Encoding': 'chunked' };
      const outgoing = request({ port: server.port, method: 'POST', headers }, (response) => {
        let answer = '';
        response.on('data', (chunk) => (answer += String(chunk)));
        response.on('end', () => resolve([createHash('sha1').update(body).digest('hex'), answer]));
      });
      outgoing.on('error', reject);
      // Pieces of every size, across the borders of packets and buffers.
      for (let at = 0, piece = 1; at < size; at += piece, piece = (piece * 7 + 1) % 100_003)
        outgoing.write(body.subarray(at, at + piece));
      outgoing.end();
    });
  for (const [sent, received] of await Promise.all([3_000_000, 700_000, 5_000_000, 1_000].map(upload)))
    expect(received).toBe(sent);
});
