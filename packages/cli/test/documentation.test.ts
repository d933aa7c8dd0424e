import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { commandTable } from '../src/command-line/command-table.ts';
import { serveSettings } from '../src/settings/serve-settings.ts';
import { flagName } from '../src/settings/setting-table.ts';

// Its tables are written by scripts/generate-flag-tables.mjs, and `npm run check:docs` says whether they are up to date.
const page = readFileSync(new URL('../../../docs/command.md', import.meta.url), 'utf8');

/** The part of the page that is about this command. */
function partOf(command: string): string {
  const [, section = ''] = page.split(`\n## tsgi ${command}\n`);
  return section.split('\n## ')[0] ?? '';
}

describe('docs/command.md', () => {
  it.each(Object.keys(commandTable))('has the flags of tsgi %s', async (name) => {
    const { flags, usage } = (await commandTable[name]?.load()) ?? { flags: {}, usage: '' };
    // The gateway listens as the server does: the page says so once.
    const text = partOf(name) + (name === 'gateway' ? partOf('serve') : '');
    for (const [flag, { short }] of Object.entries(flags)) {
      const letter = short === undefined ? '' : `, \`-${short}\``;
      expect(text).toMatch(new RegExp(`^\\| \`--${flag}(?: [^\`]*)?\`${letter} \\|`, 'm'));
    }
    expect(page).toContain(`\n${usage.replace(/ \[--root FOLDER\]/, '')} `);
  });

  it('has the config key of every flag of tsgi serve', () => {
    for (const key of Object.keys(serveSettings).filter((each) => each !== 'app')) {
      expect(partOf('serve')).toMatch(
        new RegExp(`^\\| \`--${flagName(key)}(?: [^\`]*)?\`(?:, \`-\\w\`)? \\| \`${key}\` \\|`, 'm'),
      );
    }
  });
});
