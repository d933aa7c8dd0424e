// CGI: each program is started again and again, there and back. CPU time is what the kernel counted for the children of the shell that
// starts them, so it has the making of a process in it, the same for all.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { judged, namesOf, plain } from './compare.js';
import { nodeOf, PEERS } from './peers.js';
import { goProgram } from './servers.js';
import { LOAD_CORE } from './start.js';
import { median } from './statistics.js';

const here = (file) => fileURLToPath(new URL(`../${file}`, import.meta.url));
const TSGI = here('../packages/cli/bin/tsgi.js');
const APP = here('servers/cgi/app.js');

const interpreted = (peer, file) => ({ needs: [peer], command: () => [PEERS[peer].path, here(file)] });

/** Built once a run, by the Node that runs it. */
function built(node, folder, name, ...flags) {
  const file = join(folder, name);
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true });
    execFileSync(node, [TSGI, 'build-cgi', APP, '-o', file, ...flags], { stdio: ['ignore', 'ignore', 'inherit'] });
  }
  return file;
}

const RESIDENT = ['--resident', '--idle-exit', '30s'];

export const PROGRAMS = {
  'an empty script of Node': { needs: [], command: ({ node }) => [node, here('servers/cgi/empty.cjs')], says: '' },
  'Node, one write': { needs: [], command: ({ node }) => [node, here('servers/cgi/hello.cjs')] },
  'tsgi build-cgi': { needs: [], command: ({ node, folder }) => [node, built(node, folder, 'app.cgi')] },
  // The process that stays is not the shell's child: its CPU time is that of FastCGI.
  'tsgi build-cgi --resident, without what stays': {
    needs: ['gcc'],
    command: ({ node, folder }) => [built(node, folder, 'resident.cgi', ...RESIDENT)],
  },
  'tsgi serve --backend cgi': { needs: [], command: ({ node }) => [node, TSGI, 'serve', APP, '--backend', 'cgi'] },
  'Python, wsgiref': interpreted('python3', 'servers/cgi/hello.py'),
  Perl: interpreted('perl', 'servers/cgi/hello.pl'),
  'PHP, php-cgi': { needs: ['php-cgi'], command: () => [PEERS['php-cgi'].path, '-n', '-d', 'cgi.force_redirect=0'] },
  'Go net/http/cgi': { needs: ['go'], command: ({ scratch }) => [goProgram(scratch), 'cgi'] },
};

const REQUEST = {
  GATEWAY_INTERFACE: 'CGI/1.1',
  SERVER_PROTOCOL: 'HTTP/1.1',
  SERVER_SOFTWARE: 'bench',
  SERVER_NAME: 'localhost',
  SERVER_PORT: '80',
  REQUEST_METHOD: 'GET',
  REQUEST_URI: '/',
  SCRIPT_NAME: '',
  SCRIPT_FILENAME: here('servers/hello.php'),
  PATH_INFO: '/',
  QUERY_STRING: '',
  REMOTE_ADDR: '127.0.0.1',
  HTTP_HOST: 'localhost',
};

const AGAIN = `n=$1; shift
for ((i = 0; i < n; i++)); do
  begun=$EPOCHREALTIME; "$@" </dev/null >/dev/null; echo "$begun $EPOCHREALTIME"
done
times`;

/** @returns milliseconds: CPU of one start, and the time that each took. */
function started(command, count) {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, LC_ALL: 'C', ...REQUEST };
  // Where its input is a socket, bash reads its start files as if it stood behind a remote shell.
  const args = [
    '-c',
    LOAD_CORE,
    PEERS.bash.path,
    '--norc',
    '--noprofile',
    '-c',
    AGAIN,
    'bench',
    String(count),
    ...command,
  ];
  const lines = execFileSync('taskset', args, { env, encoding: 'utf8' }).trim().split('\n');
  const times = lines.slice(0, count).map((line) => {
    const [begun, ended] = line.split(' ').map(Number);
    return (ended - begun) * 1000;
  });
  // The second line of `times` is the children's: user and system time, as 0m0.123s.
  const [user, system] = [...lines.at(-1).matchAll(/(\d+)m([\d.]+)s/g)].map(([, m, s]) => Number(m) * 60 + Number(s));
  return { cpu: ((user + system) * 1000) / count, times };
}

/** CPU time of a start to its end, in ms. */
export async function compareStarts(work, { processes, rounds, scratch }) {
  const named = namesOf(work, (name) => ['bash', ...PROGRAMS[name].needs]);
  const { names } = named;
  if (names.length < 3) return { missing: named.missing, servers: [] };
  const node = nodeOf(work.runtime);
  const folder = join(scratch, `cgi-${work.runtime ?? ''}`);
  const programs = names.map((name) => {
    const { command, says = 'Hello, world!' } = PROGRAMS[plain(name)];
    const words = command({ node, folder, scratch });
    const said = execFileSync(words[0], words.slice(1), { env: { ...process.env, ...REQUEST }, encoding: 'utf8' });
    if (!said.endsWith(says)) throw new Error(`${name} answered with ${JSON.stringify(said)}`);
    return { name, words };
  });
  const values = new Map(names.map((name) => [name, []]));
  const times = new Map(names.map((name) => [name, []]));
  for (const { words } of programs) started(words, 3);
  for (let process = 0; process < processes; process++) {
    for (const list of values.values()) list.push([]);
    for (let round = 0; round < rounds; round++) {
      for (const { name, words } of round % 2 === 0 ? programs : programs.toReversed()) {
        const found = started(words, 10);
        values.get(name)[process].push(found.cpu);
        times.get(name).push(...found.times);
      }
    }
  }
  return judged(named, values, (name) => {
    const sorted = times.get(name).toSorted((a, b) => a - b);
    return { p50: median(sorted), p99: sorted[Math.floor(sorted.length * 0.99)] };
  });
}
