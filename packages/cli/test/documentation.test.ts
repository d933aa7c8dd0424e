import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { commandTable } from '../src/command-line/command-table.ts';
import { httpSettings } from '../src/settings/http-settings.ts';
import { listenSettings } from '../src/settings/listen-settings.ts';
import { serveSettings } from '../src/settings/serve-settings.ts';
import { flagName } from '../src/settings/setting-table.ts';

const page = readFileSync(new URL('../../../docs/command.md', import.meta.url), 'utf8');

/** The cells of the rows that begin with a flag, in the part of the page that is about this command. */
function rowsOf(command: string): string[][] {
  const [, section = ''] = page.split(`\n## tsgi ${command}\n`);
  const [part = ''] = section.split('\n## ');
  return [...part.matchAll(/^\| `--.*\|$/gm)].map(([row]) => row.split('|').map((cell) => cell.trim()));
}

const flagOf = (row: string[]): string => /^`--([\w-]+)`/.exec(row[1] ?? '')?.[1] ?? '';
const letterOf = (row: string[]): string | undefined => /`-(\w)`$/.exec(row[1] ?? '')?.[1];

describe('docs/command.md', () => {
  it.each(Object.keys(commandTable))('has the flags of tsgi %s, and no other', async (name) => {
    const { flags, usage } = (await commandTable[name]?.load()) ?? { flags: {}, usage: '' };
    const rows = rowsOf(name);
    // The gateway listens as the server does: the page says so once.
    const elsewhere = name === 'gateway' ? Object.keys(listenSettings).map(flagName) : [];
    expect([...rows.map(flagOf), ...elsewhere].toSorted()).toEqual(Object.keys(flags).toSorted());
    for (const row of rows) expect([row[1], letterOf(row)]).toEqual([row[1], flags[flagOf(row)]?.short]);
    expect(page).toContain(`\n${usage.replace(/ \[--root FOLDER\]/, '')} `);
  });

  it('has the config key of every flag of tsgi serve', () => {
    const keys = rowsOf('serve').flatMap(([, , key]) => (key === '' ? [] : [key]));
    const expected = Object.keys(serveSettings).filter((key) => key !== 'app');
    expect(keys.toSorted()).toEqual(expected.map((key) => `\`${key}\``).toSorted());
    for (const row of rowsOf('serve')) if (row[2] !== '') expect(`\`${flagOf(row)}\``).toBe(flagName(row[2] ?? ''));
  });

  it('has the defaults that the help of http says', () => {
    for (const row of rowsOf('serve')) {
      const key = (row[2] ?? '').replaceAll('`', '') as keyof typeof httpSettings;
      const stated = /\(default: ([^;)]+)/.exec(httpSettings[key]?.help ?? '')?.[1];
      if (stated !== undefined) expect([key, row[3]?.replaceAll('`', '')]).toEqual([key, stated]);
    }
  });
});
