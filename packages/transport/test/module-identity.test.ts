import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { folder } from './sockets.ts';

const built = fileURLToPath(new URL('../dist/index.js', import.meta.url));

it('listening on a UNIX socket does not make Node load linked modules twice', () => {
  const dir = folder();
  mkdirSync(join(dir, 'real'));
  mkdirSync(join(dir, 'linked'));
  for (const name of ['a', 'b']) {
    writeFileSync(join(dir, 'real', `${name}.mjs`), 'export default import.meta.url;');
    symlinkSync(join('..', 'real', `${name}.mjs`), join(dir, 'linked', `${name}.mjs`));
  }
  const program = `
import { serveSockets, stdinIsListening } from ${JSON.stringify(built)};
await import(${JSON.stringify(join(dir, 'linked/a.mjs'))});
stdinIsListening();
const server = await serveSockets({ scheme: 'x', address: { type: 'unix', path: ${JSON.stringify(join(dir, 's'))} }, accept() {} });
console.log((await import(${JSON.stringify(join(dir, 'linked/b.mjs'))})).default);
await server.close();
`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(stdout.trim()).toBe(pathToFileURL(join(dir, 'real/b.mjs')).href);
});
