// Writes the tables of docs/command.md from the settings that the command reads: `<!-- flags: NAME -->` begins one,
// `<!-- /flags -->` ends it. With --check it only says whether they are as they should be. Needs the build.

import { readFileSync, writeFileSync } from 'node:fs';

const page = new URL('../docs/command.md', import.meta.url);
const built = (file) => import(new URL(`../packages/cli/dist/${file}.js`, import.meta.url).href);

const { wiresOfFlags } = await built('command-line/help');
const { commandTable } = await built('command-line/command-table');
const { flagName } = await built('settings/setting-table');
const { gatewayProtocolSettings, limitSettings, listenSettings, observingSettings, serverSettings } =
  await built('settings/listen-settings');
const { forwardSettings } = await built('settings/gateway-settings');
const { httpSettings } = await built('settings/http-settings');
const { tlsSettings } = await built('settings/tls-settings');
const { serveSettings } = await built('settings/serve-settings');

/** The flags of a command, with the wires that each is for. */
async function flagsOf(name) {
  const command = await commandTable[name].load();
  const wires = await wiresOfFlags(command);
  return Object.fromEntries(
    Object.entries(command.flags).map(([flag, entry]) => [flag, { ...entry, wires: wires(entry) }]),
  );
}
const serve = await flagsOf('serve');

/** The settings of `tsgi serve` in these tables, with their keys. */
function settings(...tables) {
  const keys = tables.flatMap((table) => Object.keys(table));
  return table(
    ['flag', 'key', 'default', 'wires', ''],
    keys.map((key) => row(flagName(key), serve[flagName(key)]).toSpliced(1, 0, `\`${key}\``)),
  );
}

/** Flags that are not in the config file. */
function flags(all, names = Object.keys(all)) {
  const rows = names.map((name) => row(name, all[name]));
  const wires = rows.some(([, , names]) => names !== '');
  const shown = wires ? rows : rows.map((cells) => cells.toSpliced(2, 1));
  return table(['flag', 'default', ...(wires ? ['wires'] : []), ''], shown);
}

function row(name, { short, placeholder, help, default: standard = '', wires = '' }) {
  const value = placeholder === undefined ? '' : ` ${placeholder}`;
  return [`\`--${name}${value}\`${short === undefined ? '' : `, \`-${short}\``}`, standard, wires, help];
}

function table(head, rows) {
  const lines = [head, head.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n');
}

const others = Object.entries(serveSettings).filter(([key]) => key !== 'app' && !(key in listenSettings));
const tables = {
  'serve server': `${settings(serverSettings, Object.fromEntries(others))}\n${flags(serve, [
    'config',
    'server',
    'print-config',
    'check-config',
  ])
    .split('\n')
    .slice(2)
    .map((line) => line.replace(/^(\| [^|]+ \|)([^|]*\|)/, '$1 |$2 |'))
    .join('\n')}`,
  'serve limits': settings(limitSettings),
  'serve tls': settings(tlsSettings),
  'serve http': settings(httpSettings),
  'serve observing': settings(observingSettings),
  'serve gateway protocols': settings(gatewayProtocolSettings),
  request: flags(await flagsOf('request')),
  check: flags(await flagsOf('check')),
  conformance: flags(await flagsOf('conformance')),
  init: flags(await flagsOf('init')),
  'build-cgi': flags(await flagsOf('build-cgi')),
  gateway: flags(await flagsOf('gateway'), Object.keys(forwardSettings).map(flagName)),
};

const before = readFileSync(page, 'utf8');
const missing = new Set(Object.keys(tables));
const after = before.replaceAll(/<!-- flags: ([\w -]+) -->\n[^]*?<!-- \/flags -->/g, (whole, name) => {
  missing.delete(name);
  if (tables[name] === undefined) throw new Error(`docs/command.md: no table is called "${name}"`);
  return `<!-- flags: ${name} -->\n\n${tables[name]}\n\n<!-- /flags -->`;
});
if (missing.size > 0) throw new Error(`docs/command.md has no place for: ${[...missing].join(', ')}`);
if (!process.argv.includes('--check')) writeFileSync(page, after);
else if (after !== before) {
  console.error('docs/command.md: its tables are not those of the command; node scripts/generate-flag-tables.mjs');
  process.exitCode = 1;
} else console.log(`docs/command.md: ${Object.keys(tables).length} tables are those of the command`);
