import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const importing = (name: string, from: string): string =>
  `import type { ${name} } from '${from}';\nexport type Planted = ${name};\n`;
const pattern = (source: string): string => `export const PLANTED: RegExp = ${source};\n`;
const TIMER = 'export const planted = (): unknown => setTimeout(() => {}, 1);\n';

/** What is planted where, and the rule that finds it; none where nothing is wrong. */
const planted: readonly [what: string, file: string, text: string, rule: string | undefined][] = [
  ['a pattern for slashes at an end', 'core/src/cgi/slashes.ts', pattern(String.raw`/\/+$/`), 'no-super-linear-move'],
  [
    'blanks around a comma',
    'http-backend/src/http1/codec/blanks.ts',
    pattern(String.raw`/[\t ]*,[\t ]*x/`),
    'no-super-linear-move',
  ],
  ['groups in groups', 'cli/src/request/groups.ts', pattern('/^(?:a+)+$/'), 'no-super-linear-backtracking'],
  [
    'two runs of blanks',
    'core/src/wsgi/runs.ts',
    pattern(String.raw`/^a:[ \t]*([\t -~]*)x$/`),
    'no-super-linear-backtracking',
  ],
  ['a pattern that is right', 'core/src/cgi/right.ts', pattern(String.raw`/^[a-z]+(?::\d*)?$/`), undefined],
  [
    'the contract that knows its implementation',
    'core/src/contract/a.ts',
    importing('Exchange', '../run/exchange.ts'),
    'no-restricted-imports',
  ],
  [
    'an environ that knows the run loop',
    'core/src/environ/a.ts',
    importing('Exchange', '../run/exchange.ts'),
    'no-restricted-imports',
  ],
  [
    'an input that knows the environ',
    'core/src/input/a.ts',
    importing('ServerTraits', '../environ/environ.ts'),
    'no-restricted-imports',
  ],
  [
    'a folder further down',
    'core/src/validator/catalogue/a.ts',
    importing('Answer', '../../forward/answer.ts'),
    'no-restricted-imports',
  ],
  ['core that knows Node', 'core/src/run/a.ts', importing('Socket', 'node:net'), 'no-restricted-imports'],
  [
    'an entry of core that knows transport',
    'core/src/a.ts',
    importing('Listener', '@tsgi/transport'),
    'no-restricted-imports',
  ],
  [
    'transport that knows a wire',
    'transport/src/listen/a.ts',
    importing('Options', '@tsgi/http-backend'),
    'no-restricted-imports',
  ],
  [
    'a backend that knows another',
    'fcgi-backend/src/server/a.ts',
    importing('Options', '@tsgi/scgi-backend'),
    'no-restricted-imports',
  ],
  [
    'a backend that knows the command',
    'scgi-backend/src/server/a.ts',
    importing('Settings', 'tsgi/config'),
    'no-restricted-imports',
  ],
  [
    'a codec that knows sockets',
    'fcgi-backend/src/codec/a.ts',
    importing('Socket', 'node:net'),
    'no-restricted-imports',
  ],
  [
    'a codec that knows transport',
    'scgi-backend/src/codec/a.ts',
    importing('Socket', '@tsgi/transport'),
    'no-restricted-imports',
  ],
  [
    'a codec that knows what uses it',
    'http-backend/src/http1/codec/a.ts',
    importing('Flow', '../../socket/flow.ts'),
    'no-restricted-imports',
  ],
  [
    'a kit that knows a server',
    'conformance/src/run/a.ts',
    importing('Options', '@tsgi/http-backend'),
    'no-restricted-imports',
  ],
  ['a codec that knows time', 'fcgi-backend/src/codec/timer.ts', TIMER, 'no-restricted-globals'],
  ['a server that knows time', 'fcgi-backend/src/server/timer.ts', TIMER, undefined],
  ['a server that knows sockets', 'fcgi-backend/src/server/socket.ts', importing('Socket', 'node:net'), undefined],
  [
    'a run loop that knows the contract',
    'core/src/run/right.ts',
    importing('Environ', '../contract/contract.ts'),
    undefined,
  ],
  ['half of a circle of types', 'http-backend/src/server/one.ts', importing('Two', './two.ts'), 'no-cycle'],
  [
    'the other half',
    'http-backend/src/server/two.ts',
    "import type { One } from './one.ts';\nexport type Two = One[];\n",
    'no-cycle',
  ],
];

let folder = '';
let said: readonly string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tsgi-lint-'));
  await copyFile(join(ROOT, '.oxlintrc.json'), join(folder, '.oxlintrc.json'));
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  for (const [, file, text] of planted) {
    const path = join(folder, 'packages', file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
  const command = [join(ROOT, 'node_modules/oxlint/bin/oxlint'), '--deny-warnings', '-f', 'unix'];
  said = await new Promise((resolve) => {
    execFile(process.execPath, command, { cwd: folder }, (_error, stdout) => resolve(stdout.split('\n')));
  });
}, 120_000);
afterAll(() => rm(folder, { recursive: true }));

it.each(planted)('lint, shown %s in packages/%s', (_what, file, _text, rule) => {
  const lines = said.filter((line) => line.startsWith(`packages/${file}:`));
  if (rule === undefined) expect(lines).toEqual([]);
  else {
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.filter((line) => !line.includes(`(${rule})`))).toEqual([]);
  }
});
