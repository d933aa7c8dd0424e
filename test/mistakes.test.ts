import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const script = fileURLToPath(new URL('../scripts/generate-mistakes.mjs', import.meta.url));

it('docs/mistakes.md is what the command says, each in one line, with its exit code and nothing left behind', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(stdout).toMatch(
    /^docs\/mistakes\.md: \d+ mistakes are what the command says|: \d+ mistakes end as they should/,
  );
  expect(status).toBe(0);
}, 180_000);
