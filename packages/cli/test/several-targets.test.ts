import { describe, expect, it } from 'vitest';
import { folder, freePort, get, startTsgi, tsgi } from './command.ts';

const NAMES = `export default (environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [Buffer.from('from ' + process.argv[3])];
};
`;

describe('tsgi gateway with several --to', () => {
  it.each(['fcgi', 'scgi'])('%s: forwards to each in turn, and goes on without one that ends', async (wire) => {
    const cwd = folder({ 'a.mjs': NAMES, 'b.mjs': NAMES });
    const [a, b] = await Promise.all(
      ['a', 'b'].map((name) => startTsgi(['serve', `${name}.mjs`, '--bind', `${wire}+unix:${name}.sock`], { cwd })),
    );
    const args = ['gateway', '--bind', '127.0.0.1:0', '--to', `${wire}+unix:a.sock`];
    const metricsPort = await freePort();
    const gateway = await startTsgi([...args, '--to', `${wire}+unix:b.sock`, '--metrics', String(metricsPort)], {
      cwd,
    });
    expect(gateway.stderr()).toContain(`${wire}+unix:a.sock, ${wire}+unix:b.sock`);
    const answers = [];
    for (let request = 0; request < 4; request++) answers.push(/from .*/.exec(await get(gateway.port, '/'))?.[0]);
    expect(answers.toSorted()).toEqual(['from a.mjs', 'from a.mjs', 'from b.mjs', 'from b.mjs']);
    await a?.stop();
    for (let request = 0; request < 4; request++) expect(await get(gateway.port, '/')).toContain('from b.mjs');
    expect(gateway.stderr().match(/left out/g)).toHaveLength(1);
    const figures = await get(Number(metricsPort), '/metrics');
    const label = `target="${wire}+unix:a.sock"`;
    for (const [name, value] of [
      ['up', 0],
      ['requests_in_flight', 0],
      ['failures_total', 1],
      ['passed_on_total', 1],
      ['outages_total', 1],
    ]) {
      expect(figures).toMatch(new RegExp(`^tsgi_target_${name}\\{${label.replaceAll('+', '\\+')}\\} ${value}$`, 'm'));
    }
    expect(figures).toContain(`tsgi_target_up{target="${wire}+unix:b.sock"} 1\n`);
    const { targets, programs } = JSON.parse(
      (await get(Number(metricsPort), '/status.json')).split('\r\n\r\n')[1] ?? '',
    );
    expect(programs).toBeNull();
    expect(targets).toMatchObject([
      { state: 'out', failures: 1, outages: 1 },
      { state: 'up', failures: 0 },
    ]);
    await b?.stop();
    expect(await get(gateway.port, '/')).toMatch(/^HTTP\/1\.1 502 /);
  });

  it('--print-config says what holds, and ends', async () => {
    const args = [
      'gateway',
      '--to',
      'fcgi://10.0.0.1:9000',
      '--to',
      'fcgi://10.0.0.2:9000',
      '--pool',
      '4',
      '--max-body',
      '2m',
    ];
    const { exitCode, stdout } = await tsgi([...args, '--print-config'], { env: { TSGI_IDLE_TIMEOUT: '5s' } });
    expect(exitCode).toBe(0);
    const printed: unknown = JSON.parse(stdout);
    expect(printed).toMatchObject({
      to: ['fcgi://10.0.0.1:9000', 'fcgi://10.0.0.2:9000'],
      pool: 4,
      maxBody: 2_097_152,
      connectTimeout: '3s',
      idleTimeout: '5s',
      extension: '.php',
      bind: ['http://127.0.0.1:8000'],
      backend: 'http',
    });
    expect(printed).not.toHaveProperty('maxProcesses');
  });

  it.each([
    [['fcgi://127.0.0.1:1', 'scgi://127.0.0.1:2'], 'scgi://127.0.0.1:2: expected fcgi, as fcgi://127.0.0.1:1 is'],
    [['fcgi://127.0.0.1:1', 'cgi'], 'cgi: expected fcgi, as fcgi://127.0.0.1:1 is'],
    [['cgi', 'fcgi://127.0.0.1:1'], 'cgi: programs of this machine are all that it forwards to'],
    [['fcgi://127.0.0.1:1', 'fcgi://127.0.0.1:1'], 'fcgi://127.0.0.1:1: it is named twice'],
    [['fcgi://127.0.0.1:1', 'fcgi://127.0.0.1'], 'fcgi://127.0.0.1: expected fcgi://HOST:PORT'],
  ])('--to %j is one line and exit 2', async (to, line) => {
    const { exitCode, stderr } = await tsgi(['gateway', ...to.flatMap((text) => ['--to', text])]);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(`tsgi: --to ${line}`)]);
  });
});
