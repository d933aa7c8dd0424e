import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { resolveDotSegments, Root } from '../src/files.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'tsgi-root-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Of a request that comes in the next turn of the loop. */
async function find(root: Root, path: string): Promise<Awaited<ReturnType<Root['find']>>> {
  await new Promise(setImmediate);
  return root.find(path);
}

describe('a path is looked up anew in each turn of the loop, though what it led to is remembered', () => {
  it('a new release behind the same link', async () => {
    const path = folder();
    for (const release of ['one', 'two']) {
      mkdirSync(join(path, release));
      writeFileSync(join(path, release, 'a'), release);
    }
    symlinkSync('one', join(path, 'current'));
    const root = new Root(join(path, 'current'));
    for (let again = 0; again < 2; again++) expect(await find(root, '/a')).toMatchObject({ root: join(path, 'one') });
    symlinkSync('two', join(path, 'next'));
    renameSync(join(path, 'next'), join(path, 'current'));
    expect(await find(root, '/a')).toMatchObject({ root: join(path, 'two'), file: join(path, 'two/a'), isFile: true });
  });

  it('a file that goes, comes again, and is replaced by a link that leads out', async () => {
    const path = folder();
    mkdirSync(join(path, 'root'));
    writeFileSync(join(path, 'secret'), '');
    const file = join(path, 'root/a');
    const root = new Root(join(path, 'root'));
    expect(await find(root, '/a')).toBeUndefined();
    writeFileSync(file, '');
    for (let again = 0; again < 2; again++) expect(await find(root, '/a')).toMatchObject({ file, isFile: true });
    unlinkSync(file);
    expect(await find(root, '/a')).toBeUndefined();
    mkdirSync(file);
    expect(await find(root, '/a')).toMatchObject({ isFile: false, isFolder: true });
    rmSync(file, { recursive: true });
    writeFileSync(file, '');
    await find(root, '/a');
    unlinkSync(file);
    symlinkSync('../secret', file);
    for (let again = 0; again < 2; again++) expect(await find(root, '/a')).toBe('outside');
  });

  it('a folder on the way that becomes a link that leads out', async () => {
    const path = folder();
    mkdirSync(join(path, 'root/sub'), { recursive: true });
    mkdirSync(join(path, 'elsewhere'));
    for (const at of ['root/sub/a', 'elsewhere/a']) writeFileSync(join(path, at), '');
    const root = new Root(join(path, 'root'));
    for (let again = 0; again < 2; again++) expect(await find(root, '/sub/a')).toMatchObject({ isFile: true });
    rmSync(join(path, 'root/sub'), { recursive: true });
    symlinkSync('../elsewhere', join(path, 'root/sub'));
    expect(await find(root, '/sub/a')).toBe('outside');
  });

  it('a root that goes, and names that are no UTF-8', async () => {
    const path = folder();
    mkdirSync(join(path, 'root'));
    writeFileSync(Buffer.from(`${path}/root/\xff`, 'latin1'), '');
    const root = new Root(join(path, 'root'));
    for (let again = 0; again < 2; again++) expect(await find(root, '/\xff')).toMatchObject({ isFile: true });
    rmSync(join(path, 'root'), { recursive: true });
    expect(await find(root, '/\xff')).toBeUndefined();
    expect(await find(root, '/')).toBeUndefined();
  });
});

it.each([
  ['/a/b', '/a/b'],
  ['/', '/'],
  ['', ''],
  ['/a/./b', '/a/b'],
  ['/a/../b', '/b'],
  ['/a/..', '/'],
  ['/a/.', '/a/'],
  ['/a//../b', '/a/b'],
  ['/.hidden/x', '/.hidden/x'],
  ['/a/...', '/a/...'],
  ['/..', undefined],
  ['/a/../../b', undefined],
])('the dot segments of %s: %s', (path, resolved) => {
  expect(resolveDotSegments(path)).toBe(resolved);
});
