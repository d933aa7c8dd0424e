import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Cleanup, openFolder, start, until } from './process.ts';

/** php-fpm with two workers, or so many, on a UNIX socket; gives the socket's path. */
export async function startPhpFpm(cleanup: Cleanup, workers = 2): Promise<string> {
  const folder = openFolder(cleanup);
  const socket = join(folder, 'php.sock');
  const binary = readdirSync('/usr/sbin').find((name) => /^php-fpm\d/.test(name)) ?? 'php-fpm';
  writeFileSync(
    join(folder, 'fpm.conf'),
    `[global]
error_log = ${folder}/error.log
[www]
listen = ${socket}
listen.mode = 0666
user = www-data
group = www-data
pm = static
pm.max_children = ${workers}
catch_workers_output = yes
`,
  );
  const running = start(cleanup, join('/usr/sbin', binary), ['-F', '-y', join(folder, 'fpm.conf')]);
  await until(
    () => existsSync(socket),
    () => `php-fpm: ${running.output()}`,
  );
  return socket;
}
