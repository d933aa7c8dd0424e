import { cpSync, chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** A copy of the build that every user can read. */
    staged: string;
  }
}

const root = new URL('../..', import.meta.url).pathname;

/**
 * Copies the build to a folder that every user can read: a web server gives up root before it starts a CGI program, and
 * a checkout may be its owner's alone.
 */
export default function stage(project: TestProject): () => void {
  const staged = mkdtempSync(join(tmpdir(), 'tsgi-e2e-'));
  chmodSync(staged, 0o755);
  const copy = (path: string): void =>
    cpSync(join(root, path), join(staged, path), { recursive: true, verbatimSymlinks: true });
  for (const path of ['package.json', 'packages', 'examples', 'e2e']) copy(path);
  for (const name of readdirSync(join(root, 'node_modules/.pnpm'))) {
    if (/^(?:undici|fresh|prom-client|tdigest|bintrees|@opentelemetry\+api)@/.test(name))
      copy(join('node_modules/.pnpm', name));
  }
  project.provide('staged', staged);
  return () => rmSync(staged, { recursive: true, force: true });
}
