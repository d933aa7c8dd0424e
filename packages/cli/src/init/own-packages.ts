import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { version } from '../command-line/version.ts';

/** What a new application takes TSGI from. */
export interface OwnPackages {
  /** As package.json has them. */
  readonly dependencies: Readonly<Record<string, string>>;
  /** The clone of the repository that this command runs from; `undefined` where npm has installed it. */
  readonly clone: string | undefined;
}

/** The packages of the clone, so that `npm install` finds what npm has not got; else those of npm, by the version of this command. */
export function ownPackages(): OwnPackages {
  const packages = fileURLToPath(new URL('../../../', import.meta.url));
  if (!isClone(packages)) {
    return { dependencies: { '@tsgi/core': `^${version()}`, tsgi: `^${version()}` }, clone: undefined };
  }
  return {
    dependencies: { '@tsgi/core': `file:${packages}core`, tsgi: `file:${packages}cli` },
    clone: fileURLToPath(new URL('../../../../', import.meta.url)),
  };
}

/** In node_modules the core package lies below `@tsgi`. */
function isClone(packages: string): boolean {
  try {
    const manifest: { name?: unknown } = JSON.parse(readFileSync(`${packages}core/package.json`, 'utf8'));
    return manifest.name === '@tsgi/core';
  } catch {
    return false;
  }
}
