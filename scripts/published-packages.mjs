// The packages that npm gets, and their tarballs as they are published: `workspace:*` becomes the version, which only pnpm does.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = new URL('..', import.meta.url).pathname;

/** All packages of the repository that are not private, by folder: `{ folder, name, manifest }`. */
export const publishedPackages = readdirSync(join(root, 'packages')).map((name) => {
  const folder = join(root, 'packages', name);
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return { folder, name: manifest.name, manifest };
});

/** Packs them all into a folder. @returns the file of each, by name. */
export function packAll(into) {
  mkdirSync(into, { recursive: true });
  execFileSync(
    'npx',
    ['--yes', 'pnpm@12.21.0', '--recursive', '--filter', './packages/*', 'pack', '--pack-destination', into],
    { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  return new Map(
    publishedPackages.map(({ name, manifest }) => {
      const file = `${name.replace('@', '').replace('/', '-')}-${manifest.version}.tgz`;
      return [name, join(into, file)];
    }),
  );
}

// From the command: packs them into the folder that is named, for whoever publishes them.
if (process.argv[1] === new URL(import.meta.url).pathname) {
  const [into] = process.argv.slice(2);
  if (into === undefined) throw new Error('usage: node scripts/published-packages.mjs FOLDER');
  for (const file of packAll(into).values()) console.log(file);
}
