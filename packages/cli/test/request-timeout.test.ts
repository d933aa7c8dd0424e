import { describe, expect, it } from 'vitest';
import { folder, tsgi } from './command.ts';

const HANGS = `import { appendFileSync } from 'node:fs';
const forever = () => new Promise(() => setInterval(() => {}, 1000));
export default async (environ, startResponse) => {
  if (environ.PATH_INFO === '/soon') { startResponse('200 OK', []); return [Buffer.from('whole')]; }
  if (environ.PATH_INFO === '/') await forever();
  startResponse('200 OK', []);
  return (async function* () { yield Buffer.from('begun'); await forever(); })();
};
`;

describe.each(['http', 'fcgi', 'scgi', 'cgi'])('tsgi request --timeout over %s', (backend) => {
  const request = (path: string, timeout: string): ReturnType<typeof tsgi> =>
    tsgi(['request', 'app.mjs', path, '--backend', backend, '--timeout', timeout], {
      cwd: folder({ 'app.mjs': HANGS }),
    });

  it('ends 1 when there is no answer, or none that ends', async () => {
    const line = 'tsgi: there was no whole answer within 1 s (--timeout)\n';
    expect(await request('/', '1s')).toEqual({ exitCode: 1, stdout: '', stderr: line });
    expect(await request('/half', '1s')).toEqual({
      exitCode: 1,
      stdout: expect.stringMatching(/begun$/),
      stderr: line,
    });
  });

  it('changes nothing for an answer that comes in time', async () => {
    expect(await request('/soon', '15s')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/whole$/),
      stderr: '',
    });
  });
});
