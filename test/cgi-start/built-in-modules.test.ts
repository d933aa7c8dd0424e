import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const command = fileURLToPath(new URL('../../packages/cli/bin/tsgi.js', import.meta.url));

const TELL = `process.on('exit', () => require('node:fs').writeSync(2, process.moduleLoadList.join('\\n')));`;
const APP = `${TELL}
module.exports = (environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [Buffer.from('Hello\\n')];
};`;

// Each module of Node's own costs a request its part of a millisecond, node:http three of them. Who needs one more: is it needed
// by a request that fails in nothing? If not, load it where it is, with process.getBuiltinModule.
it('a file that tsgi build-cgi made loads one module of Node more than an empty script: that of compiled code', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tsgi-start-'));
  try {
    const [app, empty, file] = ['app.cjs', 'empty.cjs', 'out.cgi'].map((name) => join(folder, name));
    if (app === undefined || empty === undefined || file === undefined) throw new Error('three names');
    writeFileSync(app, APP);
    writeFileSync(empty, TELL);
    execFileSync(process.execPath, [command, 'build-cgi', app, '-o', file], { stdio: 'pipe' });
    const before = new Set(modulesOf(empty));
    const more = modulesOf(file).filter((name) => !before.has(name));
    expect(before.size).toBeGreaterThan(20);
    expect(more).toEqual(['NativeModule vm']);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

function modulesOf(script: string): string[] {
  const env = {
    GATEWAY_INTERFACE: 'CGI/1.1',
    REQUEST_METHOD: 'GET',
    SCRIPT_NAME: '/app',
    SERVER_NAME: 'example.org',
    SERVER_PORT: '80',
    SERVER_PROTOCOL: 'HTTP/1.1',
  };
  const text = execFileSync('/bin/sh', ['-c', '"$0" "$1" 2>&1 >/dev/null </dev/null', process.execPath, script], {
    env,
    encoding: 'utf8',
  });
  return text.split('\n');
}
