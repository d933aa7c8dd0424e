// Checks every package as npm would publish it: what is in it, what its package.json says, publint on its metadata, attw on how
// its types resolve.
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packAll, publishedPackages } from './published-packages.mjs';

const root = new URL('..', import.meta.url).pathname;
const bin = (name) => join(root, 'node_modules/.bin', name);
const scratch = mkdtempSync(join(tmpdir(), 'tsgi-packages-'));
const run = promisify(execFile);

/** What may be in a package; sources and maps are not: what tsc writes has their lines and their comments. */
const FILES = /^(?:package\.json|README\.md|LICENSE|bin\/[\w-]+\.js|dist\/[\w/-]+\.(?:js|d\.ts)|status-page\/[\w.-]+)$/;
/** Packed, in KiB. A package that grows beyond it has got something that nobody wanted, or needs another line here. */
const LARGEST = 200;

const [{ manifest: first }] = publishedPackages;

/** What is wrong with the package.json of a package, and with its files. */
function faultsOf({ folder, manifest }, tarball) {
  const faults = [];
  const expect = (key, found, expected) => {
    if (JSON.stringify(found) !== JSON.stringify(expected)) {
      faults.push(`${key}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`);
    }
  };
  const place = folder.slice(root.length);
  expect('version', manifest.version, first.version);
  expect('license', manifest.license, 'MIT');
  expect('type', manifest.type, 'module');
  expect('engines', manifest.engines, { node: '>=20.19' });
  expect('publishConfig', manifest.publishConfig, { access: 'public' });
  expect('repository.directory', manifest.repository?.directory, place);
  for (const key of ['description', 'keywords', 'homepage', 'bugs', 'sideEffects', 'files']) {
    if (manifest[key] === undefined) faults.push(`${key}: there is none`);
  }
  for (const key of Object.keys(manifest.scripts ?? {})) {
    if (/^(?:pre|post)?install$|^prepare$/.test(key)) faults.push(`scripts.${key}: nothing runs at an install`);
  }
  const files = execFileSync('tar', ['tzf', tarball], { encoding: 'utf8' })
    .split('\n')
    .filter((file) => file !== '')
    .map((file) => file.replace('package/', ''));
  for (const file of ['package.json', 'README.md', 'LICENSE']) {
    if (!files.includes(file)) faults.push(`there is no ${file}`);
  }
  for (const file of files.filter((name) => !FILES.test(name))) faults.push(`${file} is not for users`);
  const size = Math.ceil(statSync(tarball).size / 1024);
  if (size > LARGEST) faults.push(`it has ${size} KiB, more than ${LARGEST}`);
  return { faults, size, count: files.length };
}

/** What a command says when it fails; nothing where it does not. */
async function complaintOf(name, args) {
  try {
    await run(bin(name), args, { maxBuffer: 64 * 1024 * 1024 });
    return [];
  } catch (error) {
    return [`${name}: ${error.stdout ?? ''}${error.stderr ?? ''}`];
  }
}

let failed = 0;
try {
  const tarballs = packAll(scratch);
  for (const entry of publishedPackages) {
    const tarball = tarballs.get(entry.name);
    const { faults, size, count } = faultsOf(entry, tarball);
    // A published package is read by bundlers and by Node as an ES module; CommonJS reaches it by `require(esm)`.
    const types = entry.manifest.exports === undefined ? [] : complaintOf('attw', ['--profile', 'esm-only', tarball]);
    faults.push(...(await types), ...(await complaintOf('publint', ['--strict', tarball])));
    failed += faults.length;
    console.log(
      faults.length === 0
        ? `ok    ${entry.name}: ${count} files, ${size} KiB`
        : `FAIL  ${entry.name}\n${faults.join('\n')}`,
    );
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
console.log(`${failed === 0 ? 'all packages pass' : `${failed} faults`}`);
process.exitCode = failed === 0 ? 0 : 1;
