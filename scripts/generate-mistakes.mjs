// Makes mistakes with the built command and writes what it says to docs/mistakes.md. Each has to end with the exit code that is
// documented for it, in one line that names what is wrong (an application's own frames may follow), with nothing left: no process, no
// file. With --check it says whether the page is as it should be.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const page = new URL('../docs/mistakes.md', import.meta.url);
const script = fileURLToPath(new URL('../packages/cli/bin/tsgi.js', import.meta.url));
/** The tests' own key and certificate, which stand in a list of lines. */
const certificates = readFileSync(
  new URL('../packages/http-backend/test/support/certificates.ts', import.meta.url),
  'utf8',
);
const pem = (what) => {
  const [found] = new RegExp(`-----BEGIN ${what}-----[^]*?-----END ${what}-----`).exec(certificates);
  return `${found.split(/',\s+'/).join('\n')}\n`;
};

/** Where the page says that all of this is. */
const FOLDER = '/srv/app';
/** Its texts are those of this Node; another one has other words for some of them. */
const NODE = '20';

const files = {
  'app.js': 'export default (environ, startResponse) => {\n  startResponse("200 OK", []);\n  return [];\n};\n',
  'package.json': '{ "type": "module" }\n',
  'throws.js': 'import { connect } from "./db.js";\n\nexport default connect();\n',
  'db.js': 'export function connect() {\n  throw new TypeError("no database");\n}\n',
  'syntax.js': 'import "./routes.js";\n',
  'routes.js': 'export const routes = [\n  { path: "/", = },\n];\n',
  'needs.js': 'import express from "expres";\n',
  'needs-file.js': 'import { a } from "./lib/a.js";\n',
  'needs-export.js': 'import { conect } from "./db.js";\n',
  'nothing.js': 'export const version = 1;\n',
  'named.js': 'export const handler = () => [];\n',
  'wsgi.js': 'export const application = () => [];\n',
  'listens.js': 'import http from "node:http";\n\nhttp.createServer().listen(0);\n',
  'stuck.js': 'await new Promise(() => {});\n',
  'exits.js': 'process.exit(1);\n',
  'typed.ts': 'export default (a: string) => a;\n',
  'secret.js': 'export default 1;\n',
  'key.pem': pem('PRIVATE KEY'),
  'cert.pem': pem('CERTIFICATE'),
  'secret.pem': pem('PRIVATE KEY'),
  'notes.txt': 'no key\n',
  'hello.cgi': '#!/bin/sh\n',
  'unknown-key.json': '{ "app": "./app.js", "bimd": ":80" }\n',
  'bad-value.json': '{ "app": "./app.js", "grace": "a while" }\n',
  'broken.config.js': 'export default {\n  app: "./app.js"\n  bind: ":80",\n};\n',
  'no-object.config.js': 'export const app = "./app.js";\n',
  'two.json': '{ "servers": { "web": { "app": "./app.js" }, "admin": { "app": "./app.js" } } }\n',
  'umask.json':
    '{ "servers": { "web": { "app": "./app.js", "bind": ":80", "umask": "022" }, "admin": { "app": "./app.js", "bind": ":81", "umask": "027" } } }\n',
};

/** Each: the words behind `tsgi`, the exit code, and variables of the process, where they matter. */
const mistakes = {
  'The command line': [
    ['', 2],
    ['sevre app.js', 2],
    ['app.js', 2],
    ['serve', 2],
    ['serve app.js 8000', 2],
    ['serve app.js --port 3000', 2],
    ['serve app.js --max-bdoy 1m', 2],
    ['serve app.js --config', 2],
    ['serve app.js --grace -1', 2],
    ['serve app.js --http2=false', 2],
    ['completion tcsh', 2],
  ],
  Values: [
    ['serve app.js --grace soon', 2],
    ['serve app.js --max-body 10mb', 2],
    ['serve app.js --workers many', 2],
    ['serve app.js --workers 0', 2],
    ['serve app.js --head-size 0', 2],
    ['serve app.js --interface nod', 2],
    ['serve app.js --backend fastcgi', 2],
    ['serve app.js --umask 9', 2],
    ['serve app.js --trusted-peers 10/8', 2],
    ['serve app.js --script-name app', 2],
    ['serve app.js --tls-min-version tlsv1.3', 2],
  ],
  'Settings that do not go together': [
    ['serve app.js --backend fcgi --http2', 2],
    ['serve app.js --max-rss 1g', 2],
    ['serve app.js --bind https://127.0.0.1:8443', 2],
    ['serve app.js --tls-key key.pem', 2],
    ['serve app.js --backend cgi --bind 127.0.0.1:8000', 2],
    ['serve app.js --backend cgi --workers 2', 2],
    ['serve app.js --server web', 2],
  ],
  Addresses: [
    ['serve app.js --bind localhost', 2],
    ['serve app.js --bind 8000', 2],
    ['serve app.js --bind 127.0.0.1:99999', 2],
    ['serve app.js --bind htp://127.0.0.1:8000', 2],
    ['serve app.js --bind /run/app.sock', 2],
    ['serve app.js --bind unix:///run/app.sock', 2],
    ['serve app.js --bind fcgi:/run/app.sock', 2],
    ['serve app.js', 2, { TSGI_BIND: 'localhost' }],
    ['serve app.js', 2, { PORT: 'http' }],
    ['serve app.js --bind 127.0.0.1:TAKEN', 3],
    ['serve app.js --bind 127.0.0.1:TAKEN --workers 2', 3],
    ['serve app.js --bind 127.0.0.1:8000 --bind fcgi://127.0.0.1:8000', 2],
    ['serve app.js --bind 192.0.2.1:8000', 3],
    ['serve app.js --bind unix:notes.txt', 3],
    ['serve app.js --bind unix:none/app.sock', 3],
    ['serve app.js --bind unix:app.sock?group=nobody-there', 3],
    ['serve app.js --bind fd:9', 3],
  ],
  'Config files': [
    ['serve --config none.js', 2],
    ['serve --config unknown-key.json', 2],
    ['serve --config bad-value.json', 2],
    ['serve --config broken.config.js', 2],
    ['serve --config no-object.config.js', 2],
    ['serve --config two.json', 2],
    ['serve --config two.json --server wbe', 2],
    ['serve --config umask.json', 2],
  ],
  'The application': [
    ['serve ap.js', 3],
    ['serve app', 3],
    ['serve .', 3],
    ['serve nothing.js', 3],
    ['serve wsgi.js', 3],
    ['serve listens.js', 3],
    ['serve named.js:handle', 3],
    ['serve throws.js', 3],
    ['serve throws.js --workers 2', 3],
    ['serve throws.js --threads 2', 3],
    ['serve syntax.js', 3],
    ['serve needs.js', 3],
    ['serve needs-file.js', 3],
    ['serve needs-export.js', 3],
    ['serve stuck.js', 3],
    ['serve exits.js', 3],
    ['serve typed.ts', 3],
    ['serve secret.js', 3],
  ],
  'Keys, users and files': [
    ['serve app.js --bind https://:8443 --tls-key none.pem --tls-cert cert.pem', 3],
    ['serve app.js --bind https://:8443 --tls-key secret.pem --tls-cert cert.pem', 3],
    ['serve app.js --bind https://:8443 --tls-key notes.txt --tls-cert cert.pem', 3],
    ['serve app.js --bind https://:8443 --tls-key cert.pem --tls-cert key.pem', 3],
    ['serve app.js --workers 2 --user nobody-there', 2],
    ['serve app.js --workers 2 --group nobody-there', 2],
    ['serve app.js --workers 2 --pid-file none/app.pid', 3],
    ['serve app.js --access-log combind', 2],
    ['serve app.js --check-config --access-log-file none/access.log', 3],
    ['serve app.js --plugins ajp-backend', 3],
  ],
  'The other commands': [
    ['gateway', 2],
    ['gateway --to 127.0.0.1:9000', 2],
    ['gateway --to fgci://127.0.0.1:9000', 2],
    ['gateway --to fcgi://127.0.0.1:9000 --static', 2],
    ['gateway --to fcgi://127.0.0.1:9000 --root none', 3],
    ['gateway --to cgi:hello.cgi', 3],
    ['request', 2],
    ['request app.js / --method GE,T', 2],
    ['request app.js / --header Accept', 2],
    ['request throws.js', 3],
    ['check nothing.js', 3],
    ['build-cgi app.js', 2],
    ['build-cgi app.js -o app.js --force', 2],
    ['build-cgi app.js -o app.cgi --idle-exit 5m', 2],
    ['build-cgi app.js -o app.cgi --resident', 3, { CC: 'none-such' }],
    ['conformance htp://127.0.0.1:8000', 2],
    ['conformance http://127.0.0.1:1', 3],
  ],
};

const faults = [];

/** Root reads everything, unless it gives that up. */
const unprivileged =
  process.getuid() === 0
    ? ['setpriv', '--bounding-set=-dac_override,-dac_read_search', '--inh-caps=-dac_override,-dac_read_search']
    : [];

async function run(words, expected, variables, folder, port) {
  const args = words
    .replace('TAKEN', port)
    .split(' ')
    .filter((word) => word !== '');
  const before = listOf(folder);
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(?:TSGI_|PORT$|HOST$|GATEWAY_INTERFACE$|NODE_OPTIONS$)/.test(name),
  );
  const [program, ...rest] = [...unprivileged, process.execPath, script, ...args];
  const child = spawn(program, rest, {
    cwd: folder,
    env: { ...Object.fromEntries(inherited), ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: whoever is left in it has been left over.
    detached: true,
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (bytes) => (stdout += bytes));
  child.stderr.on('data', (bytes) => (stderr += bytes));
  const late = setTimeout(() => process.kill(-child.pid, 'SIGKILL'), 30_000);
  const [exitCode] = await once(child, 'close');
  clearTimeout(late);
  const say = (text) => faults.push(`tsgi ${args.join(' ')}: ${text}`);
  if (exitCode !== expected) say(`ended ${exitCode}, and ${expected} is documented: ${stderr}`);
  if (stdout !== '') say(`wrote to standard output: ${stdout}`);
  const [line = '', ...others] = stderr.trimEnd().split('\n');
  if (!line.startsWith('tsgi: ') || others.some((other) => !/^ {4}at /.test(other))) say(`is not one line: ${stderr}`);
  if (listOf(folder) !== before) say('left a file');
  try {
    process.kill(-child.pid, 'SIGKILL');
    say('left a process');
  } catch {
    // There is nobody.
  }
  const shown = stderr
    .trimEnd()
    .replaceAll(folder, FOLDER)
    .replaceAll(String(port), '8000')
    .replaceAll(process.versions.node, `${NODE}.0.0`);
  const set = Object.entries(variables).map(([name, value]) => `${name}=${value} `);
  return `$ ${set.join('')}tsgi ${words.replace('TAKEN', '8000')}`.trimEnd() + `\n${shown}\n# exit code ${exitCode}\n`;
}

function listOf(folder) {
  return readdirSync(folder, { recursive: true }).toSorted().join('\n');
}

async function transcript() {
  const folder = mkdtempSync(join(tmpdir(), 'tsgi-mistakes-'));
  const occupant = createServer();
  await new Promise((resolve) => occupant.listen(0, '127.0.0.1', resolve));
  const { port } = occupant.address();
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    for (const name of ['secret.js', 'secret.pem']) chmodSync(join(folder, name), 0);
    const sections = [];
    for (const [title, list] of Object.entries(mistakes)) {
      const shown = [];
      for (const [words, expected, variables = {}] of list)
        shown.push(await run(words, expected, variables, folder, port));
      sections.push(`## ${title}\n\n\`\`\`\n${shown.join('\n')}\`\`\`\n`);
    }
    return sections;
  } finally {
    occupant.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const count = Object.values(mistakes).flat().length;
const after = `# Mistakes

What \`tsgi\` says to ${count} mistakes. \`node scripts/generate-mistakes.mjs\` makes each of them and writes this page; a test holds that it is true,
and that each ends with its [exit code](command.md#exit-codes), in one line, with no process and no file left behind. An app that fails
while it loads has its own frames below the line. Some words are Node's own, here those of Node ${NODE}.

${(await transcript()).join('\n')}`;

const isSameNode = process.versions.node.startsWith(`${NODE}.`);
if (faults.length > 0) {
  console.error(faults.join('\n'));
  process.exitCode = 1;
} else if (!process.argv.includes('--check')) writeFileSync(page, after);
else if (isSameNode && readFileSync(page, 'utf8') !== after) {
  console.error('docs/mistakes.md: not what the command says; node scripts/generate-mistakes.mjs');
  process.exitCode = 1;
} else
  console.log(
    `docs/mistakes.md: ${count} mistakes${isSameNode ? ' are what the command says' : ' end as they should; their words are those of another Node'}`,
  );
