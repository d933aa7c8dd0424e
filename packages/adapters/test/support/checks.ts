import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Cell } from './cell.ts';
import { type Answer, textOf } from './client.ts';
import { eventually } from './eventually.ts';

const MEBIBYTE = 1_048_576;

async function json(cell: Cell, path: string, sent: Parameters<Cell['client']['send']>[1]): Promise<unknown> {
  const answer = await cell.client.send(path, sent);
  const text = await textOf(answer);
  expect(`${answer.status} ${text}`).toMatch(/^20[01] /);
  return JSON.parse(text);
}

function told(cell: Cell, file: string): string {
  const path = join(cell.folder, file);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

/** What has come of a body so far. */
function collected(answer: Answer): { text: string; ended: boolean } {
  const read = { text: '', ended: false };
  answer.stream.setEncoding('utf8');
  answer.stream.on('data', (piece: string) => {
    read.text += piece;
  });
  answer.stream.on('end', () => {
    read.ended = true;
  });
  return read;
}

const BOUNDARY = 'matrix-boundary';
const MULTIPART = [
  `--${BOUNDARY}`,
  'Content-Disposition: form-data; name="field"',
  '',
  'value',
  `--${BOUNDARY}`,
  'Content-Disposition: form-data; name="file"; filename="a.bin"',
  'Content-Type: application/octet-stream',
  '',
  'x'.repeat(5000),
  `--${BOUNDARY}--`,
  '',
].join('\r\n');

/** What an application in any framework can expect of any wire. Each rejects with what it found. */
export const checks: Readonly<Record<string, (cell: Cell) => Promise<void>>> = {
  async routing(cell) {
    expect(await json(cell, '/users/ann?q=1', {})).toEqual({ name: 'ann', q: '1' });
    const missing = await cell.client.send('/nowhere');
    await textOf(missing);
    expect(missing.status).toBe(404);
  },

  async 'JSON post'(cell) {
    const body = Buffer.from('{"a":[1,"ä"]}');
    const headers = { 'content-type': 'application/json' };
    expect(await json(cell, '/json', { method: 'POST', headers, body })).toEqual({ a: [1, 'ä'] });
  },

  async 'form post'(cell) {
    const body = Buffer.from('a=1&b=two+words');
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    expect(await json(cell, '/form', { method: 'POST', headers, body })).toEqual(
      // Elysia makes numbers of what looks like one.
      expect.objectContaining({ b: 'two words' }),
    );
  },

  async 'multipart post'(cell) {
    const headers = { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` };
    const sent = { method: 'POST', headers, body: Buffer.from(MULTIPART) };
    expect(await json(cell, '/multipart', sent)).toEqual({ field: 'value', file: 'a.bin', size: 5000 });
  },

  async 'chunked JSON'(cell) {
    const headers = { 'content-type': 'application/json' };
    const body = Readable.from([Buffer.from('{"a":'), Buffer.from('2}')]);
    expect(await json(cell, '/json', { method: 'POST', headers, body })).toEqual({ a: 2 });
  },

  async '10 MiB upload'(cell) {
    const body = Buffer.alloc(10 * MEBIBYTE, 'tsgi');
    let sum = 0;
    for (const byte of body) sum = (sum + byte) % 65_521;
    const headers = { 'content-type': 'application/octet-stream' };
    const found = await json(cell, '/upload', { method: 'POST', headers, body });
    expect(found).toEqual({ bytes: body.byteLength, sum });
  },

  async 'unread upload'(cell) {
    const headers = { 'content-type': 'application/x-unknown' };
    const body = Buffer.alloc(300_000);
    const answer = await cell.client.send('/unread', { method: 'POST', headers, body });
    const text = await textOf(answer);
    // Fastify answers for a type that it has no parser for, before the handler.
    expect([413, 415]).toContain(answer.status);
    expect(text).not.toBe('');
  },

  async 'streamed answer'(cell) {
    const file = join(cell.folder, 'first-seen');
    const answer = await cell.client.send(`/stream?file=${encodeURIComponent(file)}`);
    const read = collected(answer);
    await eventually('the first piece alone', () => read.text !== '');
    expect(read.text).toBe('first\n');
    writeFileSync(file, '');
    await eventually('the end', () => read.ended);
    expect(read.text).toBe('first\nsecond\n');
  },

  async 'head before the first byte'(cell) {
    const file = join(cell.folder, 'head-seen');
    const answer = await cell.client.send(`/head-first?file=${encodeURIComponent(file)}`);
    const read = collected(answer);
    writeFileSync(file, '');
    await eventually('the end', () => read.ended);
    // The application says here whether its first byte waited for the head to be seen, or for too long.
    expect(read.text).toBe('late\n');
  },

  async 'two cookies'(cell) {
    const answer = await cell.client.send('/cookies');
    await textOf(answer);
    const cookies = answer.headers['set-cookie'] as string[];
    expect(cookies.map((cookie) => cookie.split(';')[0]).toSorted()).toEqual(['a=1', 'b=2']);
  },

  async HEAD(cell) {
    const get = await cell.client.send('/hello');
    expect(await textOf(get)).toBe('Hello\n');
    const head = await cell.client.send('/hello', { method: 'HEAD' });
    expect(await textOf(head)).toBe('');
    expect(head.status).toBe(200);
    expect(head.headers['content-type']).toBe(get.headers['content-type']);
  },

  async '204'(cell) {
    const answer = await cell.client.send('/empty');
    expect(await textOf(answer)).toBe('');
    expect(answer.status).toBe(204);
    expect(answer.headers['content-length']).toBeUndefined();
  },

  async '304'(cell) {
    const answer = await cell.client.send('/not-modified');
    expect(await textOf(answer)).toBe('');
    expect([answer.status, answer.headers['etag']]).toEqual([304, '"tag"']);
  },

  async redirect(cell) {
    const answer = await cell.client.send('/redirect');
    await textOf(answer);
    expect([answer.status, answer.headers['location']]).toEqual([302, '/hello']);
  },

  async 'error page'(cell) {
    const answer = await cell.client.send('/error');
    await textOf(answer);
    expect(answer.status).toBe(500);
  },

  async 'abort seen'(cell) {
    const file = join(cell.folder, 'abort');
    cell.client.send(`/abort?file=${encodeURIComponent(file)}`).catch(() => {});
    await eventually('waiting', () => told(cell, 'abort').includes('waiting'));
    cell.client.close();
    await eventually('aborted', () => told(cell, 'abort').includes('aborted'));
  },

  async 'slow reader'(cell) {
    const file = join(cell.folder, 'much');
    const answer = await cell.client.send(`/much?file=${encodeURIComponent(file)}`);
    // Reads one piece, and then nothing for as long as an unbounded server needs for all.
    await new Promise((resolve) => {
      answer.stream.once('readable', resolve);
    });
    answer.stream.read();
    await delay(500);
    answer.leave();
    await eventually('ended', () => told(cell, 'much').includes('made'));
    const made = Number(/made (\d+)/.exec(told(cell, 'much'))?.[1]);
    expect(made).toBeLessThan(32 * MEBIBYTE);
  },

  async 'client address'(cell) {
    expect(await json(cell, '/info', {})).toMatchObject({ ip: '127.0.0.1' });
  },

  async 'https seen'(cell) {
    expect(await json(cell, '/info', {})).toMatchObject({ scheme: 'https' });
  },

  async 'undecoded URL'(cell) {
    expect(await json(cell, '/users/a%2Fb%20c?q=%C3%A4', {})).toEqual({ name: 'a%2Fb%20c', q: 'ä' });
  },
};
