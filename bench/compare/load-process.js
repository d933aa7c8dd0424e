// Runs load.js on a core of its own, and reads what a server uses between the moment when all connections are there and the last answer.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const LOAD = fileURLToPath(new URL('load.js', import.meta.url));

/**
 * @param options what load.js takes. @param cores those of the load. @param use gives a number, read before and after.
 * @returns what load.js found, and `used`: by how much the number grew.
 */
export async function load(options, cores, use = () => 0) {
  const child = spawn('taskset', ['-c', cores, process.execPath, LOAD, JSON.stringify(options)], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let said = '';
  child.stderr.on('data', (bytes) => (said += bytes));
  const told = async () => {
    const [answer] = await Promise.race([once(child, 'message'), once(child, 'close').then(() => [])]);
    if (answer === undefined) throw new Error(/^Error: .*$/m.exec(said)?.[0] ?? `the load ended: ${said}`);
    return answer;
  };
  await told();
  const before = use();
  child.send('go');
  const found = await told();
  const used = use() - before;
  const ended = once(child, 'close');
  child.send('end');
  await ended;
  return { ...found, used };
}
