import { existsSync, readFileSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const dist = new URL('../site/dist', import.meta.url).pathname;
const HOST = 'http://tsgi.test';
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
};
/** One of each kind. */
const PAGES = [
  '/',
  '/getting-started',
  '/contract',
  '/spec',
  '/command',
  '/behind-a-web-server',
  '/deploy/cpanel',
  '/frameworks-matrix',
  '/conformance-matrix',
  '/performance',
  '/benchmarks/',
  '/reference/',
  '/reference/@tsgi/core',
  '/questions',
];

/** The built site, as a web server with clean addresses gives it. What was asked of another host is noted, and not answered. */
async function open(browser: Browser, width: number): Promise<{ context: BrowserContext; elsewhere: string[] }> {
  const context = await browser.newContext({ viewport: { width, height: 800 } });
  const elsewhere: string[] = [];
  await context.route('**/*', (route) => {
    const { origin, pathname } = new URL(route.request().url());
    if (origin !== HOST) {
      elsewhere.push(route.request().url());
      return route.abort();
    }
    const path = decodeURIComponent(pathname);
    const file = [path, `${path}.html`, join(path, 'index.html')]
      .map((name) => join(dist, name))
      .find((name) => existsSync(name) && statSync(name).isFile());
    if (file === undefined) return route.fulfill({ status: 404, body: 'not there' });
    return route.fulfill({ body: readFileSync(file), contentType: TYPES[extname(file)] ?? 'application/octet-stream' });
  });
  return { context, elsewhere };
}

describe('the built site', () => {
  let browser: Browser;
  beforeAll(async () => {
    expect(existsSync(dist), 'npm run site:build has been run').toBe(true);
    browser = await chromium.launch({
      executablePath: '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-dev-shm-usage'],
    });
  });
  afterAll(() => browser?.close());

  it.each([1280, 360])(
    'shows every kind of page %i pixels wide, and asks nothing of another host',
    async (width) => {
      const { context, elsewhere } = await open(browser, width);
      const page = await context.newPage();
      const errors: string[] = [];
      page.on('pageerror', (error) => errors.push(`${page.url()}: ${error.message}`));
      // What is asked for in advance ends unanswered when the next page is opened: only an answer counts.
      page.on('response', (response) => {
        if (!response.ok()) errors.push(`${page.url()}: ${response.status()} for ${response.url()}`);
      });
      for (const path of PAGES) {
        await page.goto(HOST + path, { waitUntil: 'load' });
        expect((await page.textContent('h1'))?.trim(), path).toBeTruthy();
        // What is wider than the window scrolls by itself, never the page.
        expect([path, await widthOf(page)]).toEqual([path, width]);
      }
      await context.close();
      expect({ elsewhere, errors }).toEqual({ elsewhere: [], errors: [] });
    },
    120_000,
  );

  it('finds startResponse, and leads there', async () => {
    const { context, elsewhere } = await open(browser, 1280);
    const page = await context.newPage();
    await page.goto(`${HOST}/`);
    await page.click('.VPNavBarSearch button');
    await page.fill('#localsearch-input', 'startResponse');
    await page.waitForSelector('#localsearch-list a', { timeout: 30_000 });
    const found = await page.$$eval('#localsearch-list a', (links) =>
      links.map((link) => link.getAttribute('href') ?? ''),
    );
    expect(found.some((href) => /^\/(?:spec|contract)/.test(href))).toBe(true);
    await page.click('#localsearch-list a >> nth=0');
    await page.waitForURL((url) => url.pathname !== '/', { timeout: 30_000 });
    expect(await page.textContent('main')).toContain('startResponse');
    await context.close();
    expect(elsewhere).toEqual([]);
  }, 120_000);
});

async function widthOf(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth');
}
