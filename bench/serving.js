// `tsgi serve` of an application that is written for it, on a port of its own.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const TSGI = fileURLToPath(new URL('../packages/cli/bin/tsgi.js', import.meta.url));

/** @param text of the application's module. @returns its folder, and what takes that away. */
export function applicationFolder(text) {
  const folder = mkdtempSync(join(tmpdir(), 'tsgi-bench-'));
  writeFileSync(join(folder, 'app.mjs'), text);
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** @returns the process, once it serves, and its port. */
export async function serving(folder, flags) {
  const args = [TSGI, 'serve', 'app.mjs', '--bind', '127.0.0.1:0', ...flags];
  const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (bytes) => (said += bytes));
  while (!said.includes(': serving ')) {
    if (child.exitCode !== null) throw new Error(`tsgi ended: ${said}`);
    await delay(10);
  }
  return { child, port: Number(/:(\d+) \(pid/.exec(said)?.[1]) };
}
