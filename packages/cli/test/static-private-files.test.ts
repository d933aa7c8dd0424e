import { symlinkSync } from 'node:fs';
import { expect, it } from 'vitest';
import { folder, get, startTsgi } from './command.ts';

const PRIVATE = [
  'x.php~',
  'x.php.bak',
  'x.php.old',
  'x.php.swp',
  'x.php.',
  'x.php ',
  'x.php.txt',
  'x.phtml.save',
  '#x.php#',
  '.x.php.swp',
  'config.inc',
  'data.bak',
  'notes.txt~',
  'sub/.secret/a.txt',
];

it('source of programs, copies of files and what is hidden are never sent, by any name', async () => {
  const shown = {
    'a.txt': 'shown',
    'x.phpx': 'shown',
    'jquery.inc.js': 'shown',
    'c#.txt': 'shown',
    '~home.txt': 'shown',
  };
  const root = folder({ ...Object.fromEntries(PRIVATE.map((name) => [name, 'secret'])), ...shown, 'x.php': 'secret' });
  symlinkSync('sub/.secret/a.txt', `${root}/hidden-through-a-link.txt`);
  symlinkSync('sub/.secret', `${root}/folder`);
  symlinkSync('x.php', `${root}/program.txt`);
  const flags = ['--root', root, '--static', '--bind', '127.0.0.1:0'];
  const server = await startTsgi(['gateway', '--to', 'scgi+unix:nobody', ...flags]);
  const links = ['hidden-through-a-link.txt', 'folder/a.txt', 'program.txt'];
  for (const name of [...PRIVATE, ...links, 'x.php']) {
    const answer = await get(server.port, `/${encodeURIComponent(name).replaceAll('%2F', '/')}`);
    expect([name, answer.slice(9, 12), answer.includes('secret')]).toEqual([name, '404', false]);
  }
  for (const name of Object.keys(shown)) {
    expect(await get(server.port, `/${encodeURIComponent(name)}`)).toMatch(/ 200 [^]*\r\n\r\nshown$/);
  }
});
