import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Cleanup, freePort, openFolder, start, untilListening } from './servers/process.ts';

// Chromium would look its makers up at every start.
const QUIET = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

describe('the demo that npm start runs', () => {
  const cleanup = new Cleanup();
  let url: string;
  let browser: Browser;

  beforeAll(async () => {
    const port = await freePort();
    const demo = start(cleanup, process.execPath, [join(inject('staged'), 'examples/demo/main.js')], {
      env: { ...process.env, PORT: String(port) },
    });
    await untilListening(port, demo);
    url = `http://127.0.0.1:${port}`;
    const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => existsSync(path));
    if (executablePath === undefined) throw new Error('chromium is not installed');
    browser = await chromium.launch({ executablePath, args: QUIET });
  });
  afterAll(async () => {
    await browser?.close();
    await cleanup.run();
  });

  it.each([
    { name: 'desktop', width: 1440, height: 1000 },
    { name: 'phone', width: 390, height: 844 },
  ])('all four wires answer on a $name', async ({ name, width, height }) => {
    const page = await browser.newPage({ viewport: { width, height } });
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    await page.goto(url);
    await page.getByRole('button', { name: /send/i }).first().click();
    await expect
      .poll(async () => (await page.getByText('200 OK').all()).length, { timeout: 15_000 })
      .toBeGreaterThanOrEqual(4);
    const overflow = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
    expect(overflow).toBe(0);
    await page.screenshot({ path: join(openFolder(cleanup), `${name}.png`), fullPage: true });
    expect(complaints).toEqual([]);
    await page.close();
  });
});
