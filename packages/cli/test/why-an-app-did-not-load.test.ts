import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { folder, tsgi } from './command.ts';

const OK = 'export const a = 1;';
const stripsTypes = 'typescript' in process.features && process.features.typescript !== false;

/** Ends 3; the lines of standard error, without the folder. */
async function complaint(files: Record<string, string>, flags: readonly string[] = []): Promise<string[]> {
  const cwd = folder(files);
  const [app = ''] = Object.keys(files);
  const { exitCode, stdout, stderr } = await tsgi(['serve', app, '--bind', '127.0.0.1:0', ...flags], { cwd });
  expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' });
  return stderr.trimEnd().replaceAll(cwd, '').split('\n');
}

describe('an application that fails while it loads', () => {
  it('is one line, with its own frames below it', async () => {
    const files = {
      'app.mjs': "import { Pool } from './pool.mjs';\n\nexport const pool = new Pool();\n",
      'pool.mjs':
        "import { connect } from 'driver';\nexport class Pool {\n  constructor() {\n    connect('x', fail);\n  }\n}\nfunction fail() {\n  throw new TypeError('boom');\n}\n",
      'node_modules/driver/package.json': '{ "type": "module", "exports": "./index.js" }',
      'node_modules/driver/index.js': 'export function connect(text, callback) {\n  [text].forEach(callback);\n}\n',
    };
    const expected = [
      'tsgi: cannot load app.mjs: TypeError: boom (/pool.mjs:8:9)',
      '    at fail (/pool.mjs:8:9)',
      '    at new Pool (/pool.mjs:4:5)',
      '    at /app.mjs:3:21',
    ];
    expect(await complaint(files)).toEqual(expected);
    const inThreads = await complaint(files, ['--threads', '1']);
    expect(inThreads.slice(-3)).toEqual(expected.slice(1));
    // In a package, it is the application's own place that helps.
    const inPackage = { ...files, 'node_modules/driver/index.js': 'export function connect() {\n  null.x;\n}\n' };
    expect(await complaint(inPackage)).toEqual([
      "tsgi: cannot load app.mjs: TypeError: Cannot read properties of null (reading 'x') (/pool.mjs:4:5)",
      '    at new Pool (/pool.mjs:4:5)',
      '    at /app.mjs:3:21',
    ]);
  });

  it.each<[string, Record<string, string>, string]>([
    ['a syntax error', { 'app.mjs': '\nlet b = = 2;' }, "SyntaxError: Unexpected token '=' (/app.mjs:2:9)"],
    [
      'one in what it imports',
      {
        'app.mjs': "import './lib/x.mjs';",
        'lib/x.mjs': "import './y.js';",
        'lib/y.js': 'export const a = 1;\nexport const b = );',
      },
      "SyntaxError: Unexpected token ')' (/lib/y.js:2:18)",
    ],
    [
      'one in what it imports later',
      { 'app.mjs': "await import('./x.mjs');", 'x.mjs': 'return 1;' },
      'SyntaxError: Illegal return statement (/x.mjs:1:1)',
    ],
    [
      'one in CommonJS',
      { 'app.cjs': "require('./x.cjs');", 'x.cjs': '\n let x = = 1;' },
      "SyntaxError: Unexpected token '=' (/x.cjs:2:10)",
    ],
    [
      'one in CommonJS that is imported',
      { 'app.mjs': "import './x.cjs';", 'x.cjs': '\n let x = = 1;' },
      "SyntaxError: Unexpected token '=' (/x.cjs:2:10)",
    ],
    [
      'an export that is not there',
      { 'app.mjs': "import { a } from './x.mjs';\nimport { nope } from './x.mjs';", 'x.mjs': OK },
      "SyntaxError: The requested module './x.mjs' does not provide an export named 'nope' (/app.mjs:2:10)",
    ],
    [
      'a file that is not there',
      { 'app.mjs': "import './x.mjs';", 'x.mjs': "// './no'\nimport  './lib/no.mjs';" },
      "Error: Cannot find module '/lib/no.mjs' imported from /x.mjs (/x.mjs:2:9)",
    ],
    [
      'a package that is not there',
      { 'app.mjs': "\nimport no from 'not-there/deep';" },
      "Error: Cannot find package 'not-there' imported from /app.mjs (/app.mjs:2:16)",
    ],
    [
      'a file that is not there for require',
      { 'app.cjs': "\nrequire('./no');" },
      "Error: Cannot find module './no' (/app.cjs:2:1)",
    ],
    ['its end', { 'app.mjs': 'process.exit(1);' }, 'it ended the process'],
    [
      'what it throws in an event while it waits',
      {
        'app.mjs':
          "setTimeout(() => {\n  throw new Error('late');\n}, 10);\nawait new Promise((r) => setTimeout(r, 2000));",
      },
      'Error: late (/app.mjs:2:9)',
    ],
  ])('names the place of %s', async (_what, files, expected) => {
    const [app = ''] = Object.keys(files);
    expect(await complaint(files)).toEqual([`tsgi: cannot load ${app}: ${expected}`]);
  });

  it.runIf(!stripsTypes)('names the TypeScript file that this Node cannot load', async () => {
    const hint = `this Node (${process.versions.node}) cannot load TypeScript; use Node 22.18 or newer, node --import tsx, or compile it to JavaScript`;
    expect(await complaint({ 'app.ts': 'export default 1 as number;' })).toEqual([`tsgi: cannot load app.ts: ${hint}`]);
    expect(await complaint({ 'app.mjs': "import './lib/x.ts';", 'lib/x.ts': '' })).toEqual([
      `tsgi: cannot load app.mjs: /lib/x.ts: ${hint}`,
    ]);
  });

  it.runIf(stripsTypes)('names the place of what TypeScript cannot strip or parse', async () => {
    const [enums] = await complaint({ 'app.mjs': "import './x.ts';", 'x.ts': '\nenum A { B }' });
    expect(enums).toMatch(/SyntaxError: .*enum.* \(\/x\.ts:2:1\)$/);
    const [wrong] = await complaint({ 'app.ts': '\nconst x: number = = 3;' });
    expect(wrong).toMatch(/SyntaxError: .* \(\/app\.ts:2:19\)$/);
  });

  it('a config file, too, has its place in the line', async () => {
    const cwd = folder({
      'tsgi.config.mjs': "import { a } from './part.mjs';\nexport default { app: a.b.c };",
      'part.mjs': OK,
    });
    const { exitCode, stderr } = await tsgi(['serve'], { cwd });
    expect(exitCode).toBe(2);
    expect(stderr.replaceAll(cwd, '')).toBe(
      "tsgi: tsgi.config.mjs: TypeError: Cannot read properties of undefined (reading 'c') (/tsgi.config.mjs:2:27)\n",
    );
  });

  it('is not run to find the place', async () => {
    const files = {
      'app.mjs': "import './side.mjs';\nimport './x.mjs';",
      'side.mjs': "import { appendFileSync } from 'node:fs';\nappendFileSync('ran', 'x');",
      'x.mjs': 'let = ;',
    };
    const cwd = folder(files);
    const { stderr } = await tsgi(['serve', 'app.mjs'], { cwd });
    expect(stderr).toMatch(/SyntaxError: .* \(.*\/x\.mjs:1:\d+\)\n$/);
    expect(existsSync(`${cwd}/ran`)).toBe(false);
  });
});
