// Checks every package as npm would publish it: publint on its metadata, attw on how its types resolve.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = new URL('..', import.meta.url).pathname;
const bin = (name) => join(root, 'node_modules/.bin', name);
const scratch = mkdtempSync(join(tmpdir(), 'tsgi-packages-'));
let failed = 0;

function run(label, command, args, cwd) {
  try {
    execFileSync(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
    console.log(`ok    ${label}`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL  ${label}\n${error.stdout ?? ''}${error.stderr ?? ''}`);
  }
}

try {
  for (const folder of readdirSync(join(root, 'packages'))) {
    const cwd = join(root, 'packages', folder);
    const { name } = JSON.parse(readFileSync(join(cwd, 'package.json'), 'utf8'));
    run(`publint ${name}`, bin('publint'), ['--strict', '--pack', 'npm'], cwd);
    const before = new Set(readdirSync(scratch));
    execFileSync('npm', ['pack', '--silent', '--pack-destination', scratch], { cwd, stdio: 'ignore' });
    const tarball = readdirSync(scratch).find((file) => !before.has(file));
    // A published package is read by bundlers and by Node as an ES module; CommonJS reaches it by `require(esm)`.
    run(`attw ${name}`, bin('attw'), ['--profile', 'esm-only', join(scratch, tarball)], cwd);
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
console.log(`${failed === 0 ? 'all packages pass' : `${failed} checks failed`}`);
process.exitCode = failed === 0 ? 0 : 1;
