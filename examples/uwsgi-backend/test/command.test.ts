import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { callApp } from '@tsgi/core/testing';
import { expect, it, onTestFinished } from 'vitest';
import { gateway } from '../src/index.ts';

const TSGI = fileURLToPath(new URL('../../../packages/cli/bin/tsgi.js', import.meta.url));
const PLUGIN = fileURLToPath(new URL('../dist/index.js', import.meta.url));

async function tsgi(...args: string[]): Promise<{ address: string }> {
  const child = spawn(process.execPath, [TSGI, ...args, '--plugins', PLUGIN], { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let text = '';
  child.stderr.on('data', (bytes) => (text += String(bytes)));
  for (;;) {
    const address = / on (\S+) \(pid \d+\)/.exec(text)?.[1];
    if (address !== undefined) return { address };
    if (child.exitCode !== null) throw new Error(`tsgi ended ${child.exitCode}: ${text}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function ended(...args: string[]): Promise<{ code: unknown; text: string }> {
  const child = spawn(process.execPath, [TSGI, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (text += String(bytes)));
  const [code]: unknown[] = await once(child, 'close');
  return { code, text };
}

function app(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tsgi-uwsgi-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'app.mjs');
  writeFileSync(
    file,
    `export default (environ, startResponse) => {
  startResponse('200 OK', []);
  return [Buffer.from('over ' + environ.REQUEST_URI)];
};`,
  );
  return file;
}

it('the command serves over it, and forwards over it', async () => {
  const { address } = await tsgi('serve', app(), '--bind', 'uwsgi://127.0.0.1:0', '--head-size', '8k');
  expect(address).toMatch(/^uwsgi:\/\/127\.0\.0\.1:\d+$/);
  expect((await callApp(gateway({ address }), { target: '/a?b' })).text).toBe('over /a?b');
  const front = await tsgi('gateway', '--to', address, '--bind', '127.0.0.1:0');
  expect(await (await fetch(`${front.address}/c`)).text()).toBe('over /c');
});

it('its workers serve over it', async () => {
  const { address } = await tsgi('serve', app(), '--bind', 'uwsgi://127.0.0.1:0', '--workers', '2');
  expect((await callApp(gateway({ address }), { target: '/w' })).text).toBe('over /w');
});

it('what it does not obey is refused by name, and so is a module that brings no wire', async () => {
  const refused = await ended(
    'serve',
    app(),
    '--plugins',
    PLUGIN,
    '--bind',
    'uwsgi://127.0.0.1:0',
    '--uri-length',
    '1k',
  );
  expect(refused).toMatchObject({ code: 2 });
  expect(refused.text).toMatch(/--uri-length: uwsgi cannot obey it/);
  const unknown = await ended('serve', app(), '--bind', 'uwsgi://127.0.0.1:0');
  expect(unknown).toMatchObject({ code: 2 });
  expect(unknown.text).toMatch(/unknown scheme "uwsgi"/);
  const none = await ended('serve', app(), '--plugins', app());
  expect(none).toMatchObject({ code: 3 });
  expect(none.text).toMatch(/expected a backend as its default export/);
});

it('the kit judges it through the command', async () => {
  const kit = fileURLToPath(import.meta.resolve('@tsgi/conformance/app'));
  const { address } = await tsgi(
    'serve',
    kit.replace('/src/', '/dist/').replace(/\.ts$/, '.js'),
    '--bind',
    'uwsgi://127.0.0.1:0',
  );
  const { code, text } = await ended('conformance', address, '--plugins', PLUGIN, '--case', 'path');
  expect(text).toMatch(/\(uwsgi\)\n/);
  expect(text).toMatch(/ 0 failed/);
  expect(code).toBe(0);
});
