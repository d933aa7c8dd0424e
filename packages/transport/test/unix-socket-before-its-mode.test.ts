import { spawnSync } from 'node:child_process';
import { lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { serveSockets } from '../src/index.ts';
import { folder } from './sockets.ts';

/** Every socket below a folder that somebody else could reach: with its mode, unless its folder lets nobody in. */
function reachable(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name);
    const mode = lstatSync(path).mode & 0o777;
    if (entry.isDirectory()) return (mode & 0o077) === 0 ? [] : reachable(path);
    return entry.isSocket() ? [`${entry.name} ${mode.toString(8)}`] : [];
  });
}

test.each([
  ['a short path', (dir: string): string => join(dir, 's')],
  ['a path as long as it may be', (dir: string): string => join(dir, 's'.repeat(106 - dir.length))],
  [
    'a path as long as it may be, with a last part of one byte',
    (dir: string): string => {
      const long = join(dir, 'd'.repeat(104 - dir.length));
      mkdirSync(long);
      return join(long, 's');
    },
  ],
])('%s: nobody can connect before the mode is right, under umask 0', async (_name, where) => {
  const dir = folder();
  const path = where(dir);
  const umask = process.umask(0);
  onTestFinished(() => void process.umask(umask));
  const seen: string[] = [];
  const server = await serveSockets({
    scheme: 'echo',
    address: { type: 'unix', path, mode: 0o600 },
    accept: () => ({ shutDown() {}, destroy() {} }),
    createServer(listener) {
      const made = createServer(listener);
      // It is bound, and nothing else was done yet.
      made.prependListener('listening', () => seen.push(...reachable(dir)));
      return made;
    },
  });
  onTestFinished(() => server.close());
  expect(process.umask(0)).toBe(0);
  expect(seen.filter((socket) => !socket.endsWith(' 600'))).toEqual([]);
  expect(reachable(dir)).toEqual([`${basename(path)} 600`]);
  expect(readdirSync(dirname(path))).toEqual([basename(path)]);
});

test('without a mode the umask decides, wherever it was bound', async () => {
  const umask = process.umask(0o027);
  onTestFinished(() => void process.umask(umask));
  const dir = folder();
  const long = join(dir, 'd'.repeat(104 - dir.length));
  mkdirSync(long);
  for (const path of [join(dir, 's'), join(long, 's')]) {
    const server = await serveSockets({
      scheme: 'echo',
      address: { type: 'unix', path },
      accept: () => ({ shutDown() {}, destroy() {} }),
    });
    onTestFinished(() => server.close());
    expect((lstatSync(path).mode & 0o777).toString(8)).toBe('750');
  }
});

test('a start that fails leaves nothing behind', async () => {
  const dir = folder();
  const address = { type: 'unix', path: join(dir, 's'), group: 'no-such-group-here' } as const;
  const accept = (): { shutDown(): void; destroy(): void } => ({ shutDown() {}, destroy() {} });
  await expect(serveSockets({ scheme: 'echo', address, accept })).rejects.toThrow(
    expect.objectContaining({
      code: 'BAD_ADDRESS',
      message: expect.stringContaining('no group called no-such-group-here'),
    }),
  );
  expect(readdirSync(dir)).toEqual([]);
});

test('a worker thread listens too, though it cannot change the umask', () => {
  const dist = fileURLToPath(new URL('../dist/index.js', import.meta.url));
  const path = join(folder(), 's');
  const code = `
    import { Worker, isMainThread } from 'node:worker_threads';
    const worker = new Worker(\`
      import(${JSON.stringify(dist)}).then(async ({ serveSockets }) => {
        const server = await serveSockets({
          scheme: 'echo',
          address: { type: 'unix', path: ${JSON.stringify(path)}, mode: 0o600 },
          accept: () => ({ shutDown() {}, destroy() {} }),
        });
        console.log(server.address);
        await server.close();
      });
    \`, { eval: true });
  `;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' });
  expect(stdout).toBe(`echo+unix:${path}?mode=600\n`);
});
