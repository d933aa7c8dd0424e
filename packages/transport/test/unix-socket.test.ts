import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { client, echoServer, folder } from './sockets.ts';

const taken = expect.objectContaining({ code: 'ADDRESS_IN_USE', side: 'app' });

/** Leaves a socket file behind on which nobody listens, as a killed server does. */
function leaveStaleSocket(path: string): void {
  const program = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', program]);
  expect(lstatSync(path).isSocket()).toBe(true);
}

async function echoes(path: string): Promise<boolean> {
  const one = client({ path });
  one.socket.end('hello\n');
  return (await one.all) === 'hello\n';
}

describe('UNIX sockets', () => {
  it('have the mode that was asked for, and no other name', async () => {
    const dir = folder();
    const path = `${dir}/s`;
    const { server } = await echoServer({ address: { type: 'unix', path, mode: 0o660 } });
    expect(lstatSync(path).mode & 0o777).toBe(0o660);
    expect(readdirSync(dir)).toEqual(['s']);
    expect(server.address).toBe(`echo+unix:${path}?mode=660`);
    expect(server.port).toBeUndefined();
    expect(await echoes(path)).toBe(true);
  });

  it('go with their server', async () => {
    const dir = folder();
    const { server } = await echoServer({ address: { type: 'unix', path: `${dir}/s` } });
    await server.close();
    expect(readdirSync(dir)).toEqual([]);
  });

  it('stay when a successor has replaced them', async () => {
    const path = `${folder()}/s`;
    const { server } = await echoServer({ address: { type: 'unix', path } });
    const next = `${path}.next`;
    const { server: successor } = await echoServer({ address: { type: 'unix', path: next } });
    renameSync(next, path);
    await server.close();
    expect(await echoes(path)).toBe(true);
    await successor.close();
  });

  it('are replaced when nobody listens', async () => {
    const path = `${folder()}/s`;
    leaveStaleSocket(path);
    await echoServer({ address: { type: 'unix', path, mode: 0o600 } });
    expect(await echoes(path)).toBe(true);
    expect(lstatSync(path).mode & 0o777).toBe(0o600);
  });

  it('are left alone when somebody listens', async () => {
    const path = `${folder()}/s`;
    await echoServer({ address: { type: 'unix', path } });
    await expect(echoServer({ address: { type: 'unix', path } })).rejects.toThrow(taken);
    await expect(echoServer({ address: { type: 'unix', path } })).rejects.toThrow(path);
    expect(await echoes(path)).toBe(true);
  });

  it('never replace what is not a socket', async () => {
    const dir = folder();
    writeFileSync(`${dir}/file`, 'precious');
    await expect(echoServer({ address: { type: 'unix', path: `${dir}/file` } })).rejects.toThrow(taken);
    expect(readFileSync(`${dir}/file`, 'utf8')).toBe('precious');
    symlinkSync('file', `${dir}/link`);
    await expect(echoServer({ address: { type: 'unix', path: `${dir}/link` } })).rejects.toThrow(/not a socket/);
    await expect(echoServer({ address: { type: 'unix', path: dir } })).rejects.toThrow(/not a socket/);
    expect(readdirSync(dir).toSorted()).toEqual(['file', 'link']);
  });

  it('may have a path of 107 bytes, however short its last part', async () => {
    const dir = folder();
    const long = `${dir}/${'d'.repeat(107 - dir.length - 1)}`;
    expect(Buffer.byteLength(long)).toBe(107);
    const { server } = await echoServer({ address: { type: 'unix', path: long } });
    expect(await echoes(long)).toBe(true);
    await server.close();
    await expect(echoServer({ address: { type: 'unix', path: `${long}d` } })).rejects.toThrow(/108 bytes.*at most 107/);
    expect(readdirSync(dir)).toEqual([]);
  });

  it('name the path and the reason when the folder is missing', async () => {
    const path = `${folder()}/missing/s`;
    const failure = echoServer({ address: { type: 'unix', path } });
    await expect(failure).rejects.toThrow(`cannot listen on echo+unix:${path}: `);
    await expect(failure).rejects.toThrow(expect.objectContaining({ code: 'LISTEN_FAILED' }));
  });

  it('are taken by one of several servers that start at once', async () => {
    const path = `${folder()}/s`;
    const starts = await Promise.allSettled([1, 2, 3].map(() => echoServer({ address: { type: 'unix', path } })));
    const started = starts.filter((start) => start.status === 'fulfilled');
    expect(started).toHaveLength(1);
    expect(existsSync(path)).toBe(true);
    expect(await echoes(path)).toBe(true);
  });

  it('count a listener of somebody else', async () => {
    const path = `${folder()}/s`;
    const other = createServer((socket) => socket.end());
    await new Promise<void>((resolve) => other.listen(path, resolve));
    await expect(echoServer({ address: { type: 'unix', path } })).rejects.toThrow(taken);
    other.close();
  });
});
