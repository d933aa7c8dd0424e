import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CommandFailure, EXIT, firstLine, startError } from '../command-line/failure.ts';
import { compiledAsFile } from './first-lines.ts';

const SOURCE = fileURLToPath(new URL('../../resident/client.c', import.meta.url));

/** What is between the client and the bundle. */
const MARK = '\n//tsgi-resident\n';

/** Evaluated by Node: the bundle, of the file that is named first. The mark itself must not be in it. */
const BOOT =
  'const f=process.argv[1],b=require("fs").readFileSync(f),k="\\n//tsgi-"+"resident\\n",M=module.constructor,m=new M(f,null);' +
  compiledAsFile('b.toString("utf8",b.indexOf(k)+k.length)');

/**
 * The client, compiled here, and the bundle behind it: one file, which a loader takes for the program that it begins with.
 *
 * @throws CommandFailure (exit 3) where there is no C compiler, (exit 1) where it fails.
 */
export function residentFile(code: string): Uint8Array {
  return Buffer.concat([client(), Buffer.from(`${MARK}${code}`)]);
}

function client(): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'tsgi-client-'));
  const file = join(folder, 'client');
  try {
    const defined = [`-DNODE=${inC(process.execPath)}`, `-DBOOT=${inC(BOOT)}`];
    const args = ['-O2', '-s', ...defined, '-o', file, SOURCE];
    // Without the system's libraries it starts sooner, and on another machine of this kind, too; not every system can.
    if (!compile(['-static', ...args], true)) compile(args, false);
    return readFileSync(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns whether it worked; a failure that may be is told by `false`. */
function compile(args: readonly string[], mayFail: boolean): boolean {
  const [compiler = 'cc', ...more] = (process.env['CC'] ?? '').split(' ').filter((word) => word !== '');
  const { error, status, stderr } = spawnSync(compiler, [...more, ...args], { encoding: 'utf8' });
  if (error !== undefined) {
    const why = 'code' in error && error.code === 'ENOENT' ? `there is no ${compiler}` : firstLine(error);
    throw startError(`--resident needs a C compiler: ${why}; CC=PROGRAM names one`);
  }
  if (status === 0) return true;
  if (mayFail) return false;
  throw new CommandFailure(
    `cannot compile the client of --resident with ${compiler}: ${firstLine(stderr)}`,
    EXIT.failed,
  );
}

/** A string of C: those of JSON are ones, where all of it is ASCII. */
function inC(text: string): string {
  return JSON.stringify(text).replaceAll(/[^\0-\x7f]/gu, (char) =>
    [...Buffer.from(char)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join(''),
  );
}
