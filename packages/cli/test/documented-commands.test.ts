import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { commandTable } from '../src/command-line/command-table.ts';
import { parseCommandLine } from '../src/command-line/parse-command-line.ts';
import { parseDestinations } from '../src/gateway/destination.ts';
import { refuseUnforwarded } from '../src/gateway/refuse-unforwarded.ts';
import { makePlan } from '../src/serving/plan.ts';
import { refuseDisobeyed } from '../src/serving/refuse-disobeyed.ts';
import { settingsOf } from '../src/settings/destinations.ts';
import { gatewaySettings } from '../src/settings/gateway-settings.ts';
import { layerOfFlags } from '../src/settings/layers.ts';
import { serveSettings } from '../src/settings/serve-settings.ts';

const root = new URL('../../../', import.meta.url);
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'examples/README.md',
  ...readdirSync(new URL('docs/', root), { recursive: true }).map((name) => `docs/${String(name)}`),
  ...readdirSync(new URL('packages/', root)).map((name) => `packages/${name}/README.md`),
  // docs/mistakes.md is made by the command itself: test/mistakes.test.ts.
].filter((name) => name.endsWith('.md') && name !== 'docs/mistakes.md');

/** The words of a shell command, up to its comment. */
function wordsOf(line: string): string[] {
  const words = line.match(/'[^']*'|"[^"]*"|\S+/g) ?? [];
  const comment = words.findIndex((word) => word.startsWith('#'));
  return words.slice(0, comment < 0 ? undefined : comment).map((word) => word.replace(/^(['"])(.*)\1$/, '$2'));
}

interface Documented {
  readonly words: string[];
  /** The message that the page shows below it. */
  readonly complaint: string | undefined;
}

/** Commands in blocks of code, without placeholders. */
function commandsIn(text: string): Documented[] {
  const lines = text.matchAll(/^\$? ?(?:\w+=\S+ )*(?:npx )?tsgi (.+)\n(?:tsgi: (.+)$)?/gm);
  return [...lines]
    .map(([, line = '', complaint]) => ({ words: wordsOf(line), complaint }))
    .filter(
      ({ words: [name = '', ...words] }) =>
        name in commandTable && !words.some((word) => /[[\]…]|^[A-Z]+$|\.\.\./.test(word)),
    );
}

function textOf(page: string): string {
  try {
    return readFileSync(new URL(page, root), 'utf8');
  } catch {
    return '';
  }
}

const found = pages.flatMap((page) =>
  commandsIn(textOf(page)).map((documented) => [page, documented.words.join(' '), documented] as const),
);

/** What the command does before it loads the application. */
async function judge([name = '', ...args]: readonly string[]): Promise<void> {
  const command = await commandTable[name]?.load();
  if (command === undefined) throw new Error(`there is no command ${name}`);
  const { flags } = parseCommandLine(name, command, args);
  if (name === 'serve') {
    const layer = layerOfFlags(serveSettings, flags);
    refuseDisobeyed(await makePlan(layer, {}), layer);
  } else if (name === 'gateway') {
    const layer = layerOfFlags(gatewaySettings, flags);
    const wire = layer.values.spawn === undefined ? parseDestinations(layer.values.to ?? []).wire : 'spawn';
    refuseUnforwarded(wire, layer);
    refuseDisobeyed(await makePlan(layer, {}), layer, settingsOf(wire));
  }
}

describe('commands in the documentation', () => {
  it('are many', () => {
    expect(found.length).toBeGreaterThan(40);
  });

  it.each(found)('%s: tsgi %s', async (_page, _line, { words, complaint }) => {
    const message = await judge(words).catch((error: Error) => error.message);
    // One that fails later, as it loads, is beyond this test.
    if (message !== undefined) expect(message).toBe(complaint);
  });
});
