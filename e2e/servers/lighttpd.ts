import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Cleanup, freePort, openFolder, start, untilListening } from './process.ts';

export async function startLighttpd(cleanup: Cleanup, directives: (folder: string) => string): Promise<string> {
  const folder = openFolder(cleanup);
  const port = await freePort();
  writeFileSync(
    join(folder, 'lighttpd.conf'),
    `server.document-root = "${folder}"
    server.bind = "127.0.0.1"
    server.port = ${port}
    server.errorlog = "${folder}/error.log"
    server.upload-dirs = ("${folder}")
    ${directives(folder)}
    `,
  );
  const running = start(cleanup, 'lighttpd', ['-D', '-f', join(folder, 'lighttpd.conf')]);
  await untilListening(port, running);
  return `http://127.0.0.1:${port}`;
}
