import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WIRES } from '../../bench/compare/wire-bytes.js';

const HEADERS = [
  ['User-Agent', 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0'],
  ['Accept', 'text/html,*/*;q=0.8'],
  ['Cookie', 'session=0123456789abcdef; theme=dark'],
];

export type Wire = keyof typeof WIRES;

/** A server in a process of its own, and a client that has one request under way: what is counted is the same in every run. */
export interface Asked {
  child: ChildProcess;
  /** Sends so many requests, one after the other; over HTTP and FastCGI on one connection. */
  ask(count: number): Promise<void>;
  stop(): void;
}

export async function serving(wire: Wire, method: string, execArgv: readonly string[] = []): Promise<Asked> {
  const folder = mkdtempSync(join(tmpdir(), 'tsgi-counts-'));
  const path = join(folder, 's');
  const child = fork(fileURLToPath(new URL('server.js', import.meta.url)), [wire, path], { execArgv: [...execArgv] });
  const stop = (): void => {
    child.kill();
    rmSync(folder, { recursive: true, force: true });
  };
  await once(child, 'message');
  const body = Buffer.alloc(method === 'POST' ? 1024 : 0, 'x');
  const bytes = WIRES[wire].request({ method, path: '/', headers: HEADERS, body }, true);
  const onItsOwn = async (): Promise<void> => {
    const socket = connect(path, () => socket.write(bytes));
    socket.resume();
    await once(socket, 'end');
  };
  const kept = wire === 'scgi' ? undefined : connect(path);
  if (kept !== undefined) await once(kept, 'connect');
  const onTheSame = async (): Promise<void> => {
    kept?.write(bytes);
    for (let received = Buffer.alloc(0); ;) {
      const [chunk] = (await once(kept as NonNullable<typeof kept>, 'data')) as [Buffer];
      received = Buffer.concat([received, chunk]);
      const length = WIRES[wire].answer(received)?.length;
      if (length !== undefined && received.length >= length) return;
    }
  };
  return {
    child,
    async ask(count) {
      for (let sent = 0; sent < count; sent++) await (kept === undefined ? onItsOwn() : onTheSame());
    },
    stop() {
      kept?.destroy();
      stop();
    },
  };
}

export async function told<Answer>(child: ChildProcess, question: string): Promise<Answer> {
  const answer = once(child, 'message');
  child.send(question);
  return ((await answer) as [Answer])[0];
}
