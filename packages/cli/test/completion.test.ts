import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { commandTable } from '../src/command-line/command-table.ts';
import { serveSettings } from '../src/settings/serve-settings.ts';
import { flagName } from '../src/settings/setting-table.ts';
import { folder, tsgi } from './command.ts';

const FILES = { 'app.mjs': '', 'app two.mjs': '', 'deep/key.pem': '', 'zsh.txt': '' };

function has(program: string): boolean {
  return spawnSync(program, ['--version']).status === 0;
}

async function scriptFor(shell: string): Promise<{ cwd: string; file: string }> {
  const { stdout, stderr, exitCode } = await tsgi(['completion', shell]);
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
  const cwd = folder(FILES);
  const elsewhere = folder({ script: stdout });
  return { cwd, file: `${elsewhere}/script` };
}

/** What each shell offers for a line whose last word is being typed. */
const shells: Readonly<Record<string, (line: string, cwd: string, file: string) => string[]>> = {
  bash(line, cwd, file) {
    // As readline splits it: at blanks, and at each "=".
    const words = line.split(/ |(?==)|(?<==)/).map((word) => `'${word}'`);
    const program = `source '${file}'
COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}
_tsgi; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return run('bash', ['--norc', '-c', program], cwd);
  },
  fish(line, cwd, file) {
    const lines = run('fish', ['--no-config', '-c', `source ${file}; complete -C '${line}'`], cwd);
    return lines.map((found) => found.split('\t')[0]?.replace(/^--[\w-]+=/, '') ?? '');
  },
  zsh(line, cwd, file) {
    // A terminal of its own, in which the list of matches is asked for and read.
    writeFileSync(`${cwd}/zsh.txt`, '');
    const program = `zmodload zsh/zpty
zpty -b z zsh -f -i
zpty -w z 'PS1= ; autoload -Uz compinit; compinit -u -D; source ${file}
compadd() { local -a found; builtin compadd -O found "$@"; print -l -- $found >> ${cwd}/zsh.txt; builtin compadd "$@" }
zstyle ":completion:*" list-prompt ""; zstyle ":completion:*" menu no; LISTMAX=-1; bindkey "^I" complete-word; print -n READY\\-NOW'
zpty -r z seen '*READY-NOW*'
zpty -n -w z $'${line}\\t\\x15'
zpty -w z 'print -n ALL\\-DONE'
zpty -r z seen '*ALL-DONE*'
zpty -d z; cat ${cwd}/zsh.txt`;
    return run('zsh', ['-f', '-c', program], cwd);
  },
};

function run(program: string, args: readonly string[], cwd: string): string[] {
  const { stdout, stderr } = spawnSync(program, args, {
    cwd,
    encoding: 'utf8',
    timeout: 30_000,
    env: { ...process.env, TERM: 'dumb' },
  });
  expect(stderr).toBe('');
  return [
    ...new Set(
      stdout
        .split('\n')
        .map((word) => word.trim())
        .filter((word) => word !== ''),
    ),
  ];
}

describe.each(Object.entries(shells))('tsgi completion %s', (shell, offered) => {
  it.runIf(has(shell))(
    'completes commands, flags, values and files',
    async () => {
      const { cwd, file } = await scriptFor(shell);
      const offers = (line: string): string[] => offered(line, cwd, file);
      expect(offers('tsgi ')).toEqual(expect.arrayContaining(Object.keys(commandTable)));
      expect(offers('tsgi se')).toEqual(['serve']);
      expect(offers('tsgi serve --back')).toEqual(['--backend']);
      expect(offers('tsgi serve --backend ').toSorted()).toEqual(['cgi', 'fcgi', 'http', 'https', 'scgi']);
      expect(offers('tsgi serve --backend h').toSorted()).toEqual(['http', 'https']);
      expect(offers('tsgi serve --backend=s')).toEqual(['scgi']);
      expect(offers('tsgi serve --roles R')).toEqual(['RESPONDER']);
      expect(offers('tsgi serve app').toSorted()).toEqual(['app two.mjs', 'app.mjs']);
      expect(offers('tsgi serve --tls-key d').map((word) => word.replace(/\/$/, ''))).toEqual(['deep']);
      expect(offers('tsgi gateway --root ').map((word) => word.replace(/\/$/, ''))).toEqual(['deep']);
      expect(offers('tsgi serve --grace ')).toEqual([]);
      expect(offers('tsgi completion z')).toEqual(['zsh']);
    },
    120_000,
  );

  it.runIf(has(shell) && shell !== 'zsh')(
    'has every flag of every command',
    async () => {
      const { cwd, file } = await scriptFor(shell);
      for (const [name, entry] of Object.entries(commandTable)) {
        const flags = Object.keys((await entry.load()).flags).map((flag) => `--${flag}`);
        expect(offered(`tsgi ${name} --`, cwd, file)).toEqual(expect.arrayContaining([...flags, '--help']));
      }
      expect(offered('tsgi serve --no-', cwd, file).toSorted()).toEqual(['--no-http2', '--no-multiplex']);
    },
    60_000,
  );
});

it('completion scripts come from the table of settings', async () => {
  for (const shell of Object.keys(shells)) {
    const { stdout } = await tsgi(['completion', shell]);
    for (const key of Object.keys(serveSettings).filter((each) => each !== 'app'))
      expect(stdout).toContain(flagName(key));
  }
});

it.each([
  [[], 'expected a shell: bash, zsh, fish'],
  [['tcsh'], 'expected a shell: bash, zsh, fish; found "tcsh"'],
  [['fihs'], 'expected a shell: bash, zsh, fish; found "fihs"; did you mean fish?'],
  [['bash', 'zsh'], 'unexpected argument "zsh"'],
])('tsgi completion %j is refused', async (args, line) => {
  expect(await tsgi(['completion', ...args])).toMatchObject({
    exitCode: 2,
    stdout: '',
    stderr: expect.stringContaining(line),
  });
});
