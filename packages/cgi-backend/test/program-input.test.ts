import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, symlinkSync, writeFileSync } from 'node:fs';
import { createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { APP, ended, run, variablesFor, withNotes } from './program.ts';

const posted = (length: number | string) => ({ REQUEST_METHOD: 'POST', CONTENT_LENGTH: String(length) });

describe('the request body of a CGI program', () => {
  it.each([0, 1, 65_536, 1_000_000])('of %i bytes comes from a socket', async (length) => {
    const { stdout } = await run('echo', posted(length), 'x'.repeat(length));
    expect(stdout.slice(stdout.indexOf('\r\n\r\n') + 4)).toBe('x'.repeat(length));
  });

  it('comes from a pipe, however slowly it is read', async () => {
    const command = 'head -c 500000 /dev/zero | "$0" "$1"';
    const child = spawn('/bin/sh', ['-c', command, process.execPath, APP], {
      env: variablesFor('slowly', posted(500_000)),
    });
    expect((await ended(child)).stdout).toMatch(/\r\n\r\n500000$/);
  });

  it('comes from a file', async () => {
    await withNotes(async (path) => {
      writeFileSync(path, 'y'.repeat(200_000));
      const file = openSync(path, 'r');
      const { stdout } = await run('echo', posted(200_000), '', [file, 'pipe', 'pipe']);
      closeSync(file);
      expect(stdout.slice(stdout.indexOf('\r\n\r\n') + 4)).toBe('y'.repeat(200_000));
    });
  });

  it('R45: ends at CONTENT_LENGTH, whatever follows', async () => {
    expect((await run('echo', posted(4), 'body and more')).stdout).toMatch(/\r\n\r\nbody$/);
  });

  it('R48: throws when it is cut short, from a socket, a file and /dev/null', async () => {
    expect((await run('truncated', posted(10), 'short')).stdout).toMatch(/AbortError R48$/);
    expect((await run('truncated', posted(10), '', ['ignore', 'pipe', 'pipe'])).stdout).toMatch(/AbortError R48$/);
    await withNotes(async (path) => {
      writeFileSync(path, 'short');
      const file = openSync(path, 'r');
      expect((await run('truncated', posted(10), '', [file, 'pipe', 'pipe'])).stdout).toMatch(/AbortError R48$/);
      closeSync(file);
    });
  });

  it('is none without CONTENT_LENGTH', async () => {
    expect((await run('echo', { REQUEST_METHOD: 'POST' }, 'not a body')).stdout).toMatch(
      /X-Length: none\r\n[^]*\r\n\r\n$/,
    );
    expect((await run('echo', posted(''), 'not a body')).stdout).toMatch(/X-Length: none\r\n[^]*\r\n\r\n$/);
  });

  it('goes to the end of the input when the front end passes a chunked one on', async () => {
    const extra = { REQUEST_METHOD: 'POST', HTTP_TRANSFER_ENCODING: 'chunked' };
    const { stdout } = await run('echo', extra, 'all of it');
    expect(stdout).toMatch(/X-Length: none\r\n[^]*\r\n\r\nall of it$/);
    expect((await run('environ', extra)).stdout).not.toContain('TRANSFER_ENCODING');
  });
});

/** A program with one socket for input and output, as mod_cgid runs it. */
async function overOneSocket(application: string, extra: Record<string, string>): Promise<Socket> {
  const path = join(tmpdir(), `tsgi-cgi-${process.pid}.sock`);
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true });
  await new Promise<void>((resolve) => {
    server.listen(path, resolve);
  });
  const accepted = new Promise<Socket>((resolve) => {
    server.once('connection', resolve);
  });
  const socket = createConnection({ path, allowHalfOpen: true });
  const end = await accepted;
  spawn(process.execPath, [APP], { env: variablesFor(application, extra), stdio: [end, end, 'ignore'] });
  end.destroy();
  server.close();
  return socket;
}

function received(socket: Socket): Promise<{ text: string; error: unknown }> {
  return new Promise((resolve) => {
    let text = '';
    let error: unknown;
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', (cause) => {
      error = cause;
    });
    socket.on('end', () => socket.end());
    socket.on('close', () => resolve({ text, error }));
  });
}

describe('one socket for input and output, as under mod_cgid', () => {
  it('carries body and answer', async () => {
    const socket = await overOneSocket('echo', posted(100_000));
    socket.end('z'.repeat(100_000));
    const { text, error } = await received(socket);
    expect(text.slice(text.indexOf('\r\n\r\n') + 4)).toBe('z'.repeat(100_000));
    expect(error).toBeUndefined();
  });

  it('carries an answer that is larger than what it takes at once', async () => {
    const socket = await overOneSocket('echo', posted(3_000_000));
    socket.end('z'.repeat(3_000_000));
    const { text } = await received(socket);
    expect(text.slice(text.indexOf('\r\n\r\n') + 4)).toHaveLength(3_000_000);
  });

  it('R53: does not lose the answer to a body that nobody reads', async () => {
    const socket = await overOneSocket('ignores', posted(5_000_000));
    // mod_cgid writes the whole body before it reads the answer.
    await new Promise<void>((resolve) => {
      socket.end('z'.repeat(5_000_000), () => resolve());
    });
    expect(await received(socket)).toEqual({
      text: 'Status: 413 Content Too Large\r\nContent-Length: 8\r\n\r\ntoo much',
      error: undefined,
    });
  });
});

describe('a request that is refused', () => {
  it('R53: does not lose the refusal to its body', async () => {
    const socket = await overOneSocket('hello', { ...posted(1_000_000), SERVER_PROTOCOL: 'FTP' });
    socket.end('z'.repeat(1_000_000));
    expect(await received(socket)).toMatchObject({
      text: expect.stringMatching(/^Status: 400 [^]*\n$/),
      error: undefined,
    });
  });
});

it('does not disturb what the application imports while it reads its socket', async () => {
  await withNotes(async (path) => {
    const folder = dirname(path);
    mkdirSync(join(folder, 'real'));
    writeFileSync(join(folder, 'real/module.mjs'), 'export const { url } = import.meta;');
    symlinkSync('real', join(folder, 'link'));
    const extra = { ...posted(4), DOCUMENT_ROOT: folder };
    expect((await run('imports', extra, 'body')).stdout).toMatch(/\/real\/module.mjs$/);
  });
});

it('R53: input that never ends does not keep the process', async () => {
  const child = spawn(process.execPath, [APP], { env: variablesFor('ignores', posted(1_000_000)) });
  child.stdin.on('error', () => {});
  child.stdin.write('only a beginning');
  const code = await new Promise((resolve) => child.once('exit', resolve));
  expect(code).toBe(0);
});
