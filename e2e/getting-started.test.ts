import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { Cleanup, openFolder } from './servers/process.ts';
import { adapted, recipe } from './servers/recipe.ts';

const PAGE = 'getting-started.md';

describe('docs/getting-started.md', () => {
  const cleanup = new Cleanup();
  afterAll(() => cleanup.run());

  it('leads from an empty folder to an answer, and later installs leave it alone', () => {
    const folder = openFolder(cleanup);
    const sh = (script: string, cwd: string): string =>
      execFileSync('/bin/sh', ['-ec', script], { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    const clone = relative(join(folder, 'my-site'), inject('staged'));
    const steps = adapted(recipe(PAGE, ['## By hand'], ''), {
      '../clone': clone,
      'npm install': 'npm install --offline',
    });
    sh(steps.replaceAll(/^\$ /gm, ''), folder);
    const site = join(folder, 'my-site');
    writeFileSync(join(site, 'my-app.js'), recipe(PAGE, ['## 1. An app'], 'js'));
    const ask = (): string => sh('npx tsgi request my-app.js /you --backend fcgi', site);
    expect(ask()).toMatch(/Hello, you!\n$/);
    writeFileSync(join(folder, 'package.json'), '{ "name": "another", "version": "1.0.0" }');
    sh('npm install --offline ..', site);
    expect(ask()).toMatch(/Hello, you!\n$/);
    expect(sh('npx tsgi check my-app.js', site)).toMatch(/^ok |^passed|^warning/);
  });
});
