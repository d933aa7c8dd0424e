import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { bindAddress, formatAddress, parseAddress, serveSockets } from '../src/index.ts';
import { folder } from './sockets.ts';

/** Groups that this process may give a file to, by name and number. */
function groups(): [string, number][] {
  const mine = new Set([process.getegid?.() ?? 0, ...(process.getgroups?.() ?? [])]);
  return readFileSync('/etc/group', 'utf8')
    .split('\n')
    .map((line): [string, number] => [line.split(':')[0] ?? '', Number(line.split(':')[2])])
    .filter(([name, id]) => name !== '' && (process.getuid?.() === 0 || mine.has(id)))
    .slice(0, 4);
}

async function listens(text: string): Promise<{ gid: number; mode: string; address: string }> {
  const address = parseAddress(text);
  const server = await serveSockets({
    scheme: 'echo',
    address,
    accept: () => ({ shutDown() {}, destroy() {} }),
  });
  onTestFinished(() => server.close());
  const { gid, mode } = lstatSync(address.type === 'unix' ? address.path : '');
  return { gid, mode: (mode & 0o777).toString(8), address: server.address };
}

test('a socket has the group that its address names, by name or number, and lets it in', async () => {
  expect(groups()).not.toEqual([]);
  for (const [name, gid] of groups()) {
    const path = join(folder(), 's');
    expect(await listens(`unix:${path}?group=${name}`)).toMatchObject({ gid, mode: '660' });
    expect(await listens(`unix:${path}.2?group=${gid}`)).toMatchObject({ gid, mode: '660' });
    expect(await listens(`unix:${path}.3?mode=600&group=${name}`)).toMatchObject({ gid, mode: '600' });
    expect(await listens(`unix:${path}.4?group=${name}&mode=666`)).toEqual({
      gid,
      mode: '666',
      address: `echo+unix:${path}.4?mode=666&group=${name}`,
    });
  }
});

test('what is written is read again', () => {
  for (const text of ['unix:/a?group=www-data', 'unix:/a?mode=660&group=33', 'unix:/a?mode=600', 'unix:/a']) {
    expect(formatAddress('x', parseAddress(text))).toBe(`x+${text}`);
  }
  expect(parseAddress('unix:/a?group=33&mode=0660')).toEqual({ type: 'unix', path: '/a', mode: 0o660, group: '33' });
});

test.each([
  'unix:/a?',
  'unix:/a?group=',
  'unix:/a?group=a b',
  'unix:/a?group=a/b',
  'unix:/a?group=a&group=b',
  'unix:/a?mode=660&mode=660',
  'unix:/a?mode=9',
  'unix:/a?owner=root',
  'unix:/a?mode=660&',
  `unix:/a?group=${'a'.repeat(300)}`,
])('%s is refused', (text) => {
  expect(() => parseAddress(text)).toThrow(
    /after \? comes mode= and octal digits, as in \?mode=660, or group= and a name or number/,
  );
});

test('the options of serve say the same', async () => {
  expect(bindAddress({ path: '/a', group: 33 }, 1)).toEqual({ type: 'unix', path: '/a', group: '33' });
  expect(bindAddress({ path: '/a', mode: 0o600, group: 'www-data' }, 1)).toEqual({
    type: 'unix',
    path: '/a',
    mode: 0o600,
    group: 'www-data',
  });
  for (const options of [{ mode: Number.NaN }, { mode: -1 }, { mode: 0o20_000 }, { group: 'a b' }, { group: 1.5 }]) {
    const address = bindAddress({ path: join(folder(), 's'), ...options }, 1);
    await expect(
      serveSockets({ scheme: 'echo', address, accept: () => ({ shutDown() {}, destroy() {} }) }),
    ).rejects.toThrow(expect.objectContaining({ code: 'BAD_ADDRESS' }));
  }
});
