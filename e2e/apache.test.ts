import { join } from 'node:path';
import { afterAll, beforeAll, describe, inject } from 'vitest';
import { battery } from './battery.ts';
import { startApache } from './servers/apache.ts';
import { Cleanup, freePort } from './servers/process.ts';
import { startTsgi } from './servers/tsgi.ts';

describe.each(['cgid', 'cgi'])('Apache mod_%s', (module) => {
  const cleanup = new Cleanup();
  let url: string;

  beforeAll(async () => {
    const program = join(inject('staged'), 'e2e/program.js');
    url = await startApache(
      cleanup,
      [module, 'alias', 'env'],
      (folder) => `${module === 'cgid' ? `ScriptSock ${folder}/cgid.sock` : ''}
      SetEnv PATH ${process.env.PATH ?? ''}
      ScriptAlias /run ${program}`,
    );
  });
  afterAll(() => cleanup.run());

  battery(() => url, { mount: '/run', bodyComesFirst: true, hidesTruncation: true, joinsCookies: ', ' });
});

describe.each([
  { wire: 'fcgi', module: 'proxy_fcgi', set: 'ProxyFCGISetEnvIf "true" SCRIPT_NAME ""' },
  { wire: 'scgi', module: 'proxy_scgi', set: '' },
])('Apache mod_$module', ({ wire, module, set }) => {
  const cleanup = new Cleanup();
  let url: string;

  beforeAll(async () => {
    const port = await freePort();
    const args = ['serve', 'e2e/app.js', '--bind', `${wire}://127.0.0.1:${port}`, '--script-name', ''];
    await startTsgi(cleanup, inject('staged'), args);
    url = await startApache(cleanup, ['proxy', module], () => `${set}\nProxyPass / ${wire}://127.0.0.1:${port}/`);
  });
  afterAll(() => cleanup.run());

  battery(() => url, { hidesTruncation: true, joinsCookies: ', ' });
});
