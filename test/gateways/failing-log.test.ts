import { join } from 'node:path';
import { callApp } from '@tsgi/core/testing';
import { gateway as cgi } from '@tsgi/cgi-backend';
import { gateway as fcgi } from '@tsgi/fcgi-backend';
import { createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { folder, program } from './behind.ts';

const errors = {
  write(): never {
    throw new Error('the disk is full');
  },
  writelines(): never {
    throw new Error('the disk is full');
  },
  flush() {},
};

it('cgi: a log that fails is no matter of the request whose program writes to it', async () => {
  const script = `echo 'a line' >&2; printf 'Content-Type: text/plain\\r\\n\\r\\npage'; echo more >&2; exit 1\n`;
  const app = cgi({ program: program(join(folder(), 'p'), script) });
  const response = await callApp(app, { environ: { 'tsgi.errors': errors } });
  expect(response).toMatchObject({ status: '200 OK', text: 'page', complete: true });
});

it('fcgi: the same', async () => {
  const path = join(folder(), 's');
  const record = (type: number, content: string): Buffer =>
    Buffer.concat([Buffer.of(1, type, 0, 1, 0, content.length, 0, 0), Buffer.from(content, 'latin1')]);
  const records = [
    record(7, 'a line\n'),
    record(6, 'Content-Type: a/b\r\n\r\npage'),
    record(7, 'more'),
    record(6, ''),
    record(3, '\0\0\0\x01\0\0\0\0'),
  ];
  const server = createServer((socket) => void socket.once('data', () => socket.end(Buffer.concat(records))));
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const response = await callApp(fcgi({ address: `unix:${path}` }), { environ: { 'tsgi.errors': errors } });
  expect(response).toMatchObject({ status: '200 OK', text: 'page', complete: true });
});
