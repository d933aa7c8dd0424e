import { readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { openCell, WIRES } from './support/cell.ts';
import { checks } from './support/checks.ts';
import { matrixPage, matrixSection, NODES, sectionOf } from './support/matrix-page.ts';

// Every framework over every wire. `UPDATE_MATRIX=1` writes the section of the page that the last test compares: that of the
// Node it runs on.
const APPS = ['tsgi', 'hono', 'h3', 'elysia', 'express', 'koa', 'fastify'];
const NODE = process.versions.node.split('.')[0] ?? '';
const PAGE = new URL('../../../docs/frameworks-matrix.md', import.meta.url);
/** A check that ends the connection comes when the others are through. */
const LAST = 'abort seen';

const outcomes = new Map<string, Error | undefined>();
const key = (app: string, wire: string, check: string): string => `${app} ${wire} ${check}`;

/** All checks of a cell at once, but for CGI, where each is a process. */
async function runCell(app: string, wire: (typeof WIRES)[number]): Promise<string[]> {
  const cell = await openCell(app, wire);
  const run = async (name: string): Promise<void> => {
    try {
      await checks[name]?.(cell);
      outcomes.set(key(app, wire, name), undefined);
    } catch (error) {
      outcomes.set(key(app, wire, name), error as Error);
    }
  };
  try {
    const names = Object.keys(checks).filter((name) => name !== LAST);
    const lanes = Array.from({ length: wire === 'CGI' ? 3 : 8 }, async () => {
      for (let name = names.shift(); name !== undefined; name = names.shift()) await run(name);
    });
    await Promise.all(lanes);
    await run(LAST);
    return cell.violations();
  } finally {
    await cell.close();
  }
}

const violations = new Map<string, string[]>();

// Cells wait more than they compute.
beforeAll(async () => {
  const cells = WIRES.flatMap((wire) => APPS.map((app) => ({ app, wire })));
  const lanes = Array.from({ length: 5 }, async () => {
    for (let cell = cells.shift(); cell !== undefined; cell = cells.shift()) {
      violations.set(`${cell.app} ${cell.wire}`, await runCell(cell.app, cell.wire));
    }
  });
  await Promise.all(lanes);
}, 300_000);

describe.each(WIRES)('%s', (wire) => {
  describe.each(APPS)('%s', (app) => {
    it.each(Object.keys(checks))('%s', (check) => {
      const outcome = outcomes.get(key(app, wire, check));
      if (outcome !== undefined) throw outcome;
      expect(outcomes.has(key(app, wire, check))).toBe(true);
    });

    it('the validator is silent, but for a missing Content-Type (R64)', () => {
      expect(violations.get(`${app} ${wire}`)?.filter((text) => !text.includes('R64'))).toEqual([]);
    });
  });
});

describe('the page', () => {
  it.runIf(NODES.includes(NODE))('docs/frameworks-matrix.md tells what was found', () => {
    const passed = (app: string, wire: string, check: string): boolean =>
      outcomes.has(key(app, wire, check)) && outcomes.get(key(app, wire, check)) === undefined;
    const section = matrixSection(NODE, APPS, WIRES, Object.keys(checks), passed);
    const page = readFileSync(PAGE, 'utf8');
    if (process.env['UPDATE_MATRIX'] === '1') writeFileSync(PAGE, matrixPage(page, NODE, section, Object.keys(checks)));
    expect(sectionOf(readFileSync(PAGE, 'utf8'), NODE)?.trimEnd()).toBe(section.trimEnd());
  });
});
