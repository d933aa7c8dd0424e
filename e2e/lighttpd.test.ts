import { join } from 'node:path';
import { afterAll, beforeAll, describe, inject } from 'vitest';
import { battery } from './battery.ts';
import { startLighttpd } from './servers/lighttpd.ts';
import { Cleanup, openFolder } from './servers/process.ts';
import { startTsgi } from './servers/tsgi.ts';

describe.each([
  { wire: 'fcgi', module: 'fastcgi' },
  { wire: 'scgi', module: 'scgi' },
])('lighttpd mod_$module', ({ wire, module }) => {
  const cleanup = new Cleanup();
  let url: string;

  beforeAll(async () => {
    const socket = join(openFolder(cleanup), 'app.sock');
    await startTsgi(cleanup, inject('staged'), ['serve', 'e2e/app.js', '--bind', `${wire}+unix:${socket}`], socket);
    url = await startLighttpd(
      cleanup,
      () => `server.modules = ("mod_${module}")
      ${module}.server = ("/" => (("socket" => "${socket}", "check-local" => "disable", "fix-root-scriptname" => "enable")))`,
    );
  });
  afterAll(() => cleanup.run());

  battery(() => url);
});

describe('lighttpd mod_cgi', () => {
  const cleanup = new Cleanup();
  let url: string;

  beforeAll(async () => {
    const program = join(inject('staged'), 'e2e/program.js');
    url = await startLighttpd(
      cleanup,
      () => `server.modules = ("mod_alias", "mod_cgi", "mod_setenv")
      alias.url = ("/run" => "${program}")
      cgi.assign = (".js" => "")
      setenv.set-environment = ("PATH" => "${process.env.PATH ?? ''}")`,
    );
  });
  afterAll(() => cleanup.run());

  battery(() => url, { mount: '/run', hidesTruncation: true });
});
