import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Cleanup, freePort, openFolder, start, untilListening } from './process.ts';

const MODULES = '/usr/lib/apache2/modules';

/** Apache httpd in the foreground with these modules (beside the ones it cannot run without) and directives. */
export async function startApache(
  cleanup: Cleanup,
  modules: readonly string[],
  directives: (folder: string) => string,
): Promise<string> {
  const folder = openFolder(cleanup);
  const port = await freePort();
  const load = ['mpm_event', 'authz_core', ...modules].map(
    (name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`,
  );
  const user = process.getuid?.() === 0 ? 'User www-data\nGroup www-data' : '';
  writeFileSync(
    join(folder, 'httpd.conf'),
    `ServerRoot ${folder}
    PidFile ${folder}/httpd.pid
    ErrorLog ${folder}/error.log
    LogLevel info
    ServerName localhost
    Listen 127.0.0.1:${port}
    ${load.join('\n')}
    ${user}
    DocumentRoot ${folder}
    <Directory />
      Require all granted
    </Directory>
    ${directives(folder)}
    `,
  );
  const running = start(cleanup, 'apache2', ['-f', join(folder, 'httpd.conf'), '-D', 'FOREGROUND']);
  await untilListening(port, running);
  return `http://127.0.0.1:${port}`;
}
