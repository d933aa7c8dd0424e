import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { rules } from '@tsgi/core/validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = new URL('../../../', import.meta.url).pathname;
const run = promisify(execFile);

describe('docs/spec.md', () => {
  let copy = '';

  beforeAll(async () => {
    copy = await mkdtemp(join(tmpdir(), 'tsgi-spec-'));
    for (const folder of ['scripts', 'docs', 'packages']) await mkdir(join(copy, folder));
    for (const file of ['scripts/generate-spec.mjs', 'scripts/spec-prose.md', 'docs/spec.md']) {
      await copyFile(join(root, file), join(copy, file));
    }
    await symlink(join(root, 'packages/core'), join(copy, 'packages/core'));
  });

  afterAll(() => rm(copy, { recursive: true }));

  const check = (): Promise<unknown> => run(process.execPath, ['scripts/generate-spec.mjs', '--check'], { cwd: copy });

  it('is what the catalogue makes of it', async () => {
    await expect(check()).resolves.toMatchObject({ stdout: '', stderr: '' });
  });

  it('is refused where it differs, with the line that does', async () => {
    const page = await readFile(join(copy, 'docs/spec.md'), 'utf8');
    await writeFile(join(copy, 'docs/spec.md'), page.replace('### R57 ·', '### R57 –'));
    await expect(check()).rejects.toMatchObject({ code: 1, stderr: expect.stringMatching(/spec\.md:\d+: differs/) });
  });

  it('has an anchor for every rule', async () => {
    const page = await readFile(join(root, 'docs/spec.md'), 'utf8');
    expect(rules.filter((rule) => !page.includes(`<a id="${rule.id.toLowerCase()}"></a>`))).toEqual([]);
  });
});
