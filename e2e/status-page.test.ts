import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Cleanup, freePort, openFolder, start, untilListening } from './servers/process.ts';

const APP = `export default async (environ, startResponse) => {
  if (environ.PATH_INFO.startsWith('/slow')) await new Promise((resolve) => setTimeout(resolve, 300));
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [Buffer.from('x')];
};
`;
const INJECTED = '/slow/<img src=x onerror="document.title=1">';

describe('the status page, during load', () => {
  const cleanup = new Cleanup();
  let browser: Browser;
  let app: string;
  let url: string;
  const load = { on: true };

  beforeAll(async () => {
    const folder = openFolder(cleanup);
    writeFileSync(join(folder, 'app.mjs'), APP);
    const [port, metrics] = [await freePort(), await freePort()];
    const args = ['serve', 'app.mjs', '--bind', `127.0.0.1:${port}`, '--metrics', String(metrics), '--workers', '2'];
    const server = start(cleanup, process.execPath, [join(inject('staged'), 'packages/cli/bin/tsgi.js'), ...args], {
      cwd: folder,
    });
    await untilListening(metrics, server);
    await untilListening(port, server);
    app = `http://127.0.0.1:${port}`;
    url = `http://127.0.0.1:${metrics}/`;
    void (async () => {
      while (load.on) await fetch(`${app}/page`).catch(() => {});
    })();
    const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => existsSync(path));
    if (executablePath === undefined) throw new Error('chromium is not installed');
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-background-networking'] });
  });
  afterAll(async () => {
    load.on = false;
    await browser?.close();
    await cleanup.run();
  });

  it.each([
    { name: 'desktop, light', width: 1280, height: 800, colorScheme: 'light' as const },
    { name: 'phone, dark', width: 390, height: 844, colorScheme: 'dark' as const },
  ])('is live on a $name', async ({ width, height, colorScheme }) => {
    await fetch(app + encodeURI(INJECTED));
    const page = await browser.newPage({ viewport: { width, height }, colorScheme });
    const complaints: string[] = [];
    const elsewhere: string[] = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(url) && !request.url().startsWith('data:')) elsewhere.push(request.url());
    });
    await page.goto(url);
    const soon = { timeout: 20_000 };
    await expect.poll(() => page.locator('#state').textContent(), soon).toBe('ready');
    await expect.poll(() => page.locator('#processes tbody tr').count(), soon).toBe(2);
    const requests = page.locator('#wires tbody tr').first().locator('td').nth(2);
    const before = await requests.textContent();
    await expect.poll(() => requests.textContent(), soon).not.toBe(before);
    // A path stays the text that it is.
    await expect.poll(() => page.locator('#slowest').textContent(), soon).toContain('/slow/%3Cimg');
    expect(await page.locator('#slowest img').count()).toBe(0);
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.waitForTimeout(1500);
    const paused = await requests.textContent();
    await page.waitForTimeout(1500);
    expect(await requests.textContent()).toBe(paused);
    await page.getByRole('button', { name: 'Go on' }).click();
    await expect.poll(() => requests.textContent(), soon).not.toBe(paused);
    expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0);
    await page.getByRole('link', { name: 'ready' }).click();
    await expect.poll(() => page.locator('body').textContent(), soon).toContain('ready');
    expect(complaints).toEqual([]);
    expect(elsewhere).toEqual([]);
    await page.close();
  });
});
