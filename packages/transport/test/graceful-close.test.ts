import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { client, echoServer, folder, tcp } from './sockets.ts';

describe('a server that closes', () => {
  it('reports the port that the system chose', async () => {
    const { server } = await echoServer();
    expect(server.port).toBeGreaterThan(0);
    expect(server.address).toBe(`echo://127.0.0.1:${server.port}`);
  });

  it('closes idle connections at once and refuses new ones', async () => {
    const { server } = await echoServer();
    const idle = client(tcp(server));
    idle.send('one\n');
    await idle.until('one');
    await server.close();
    expect(await idle.all).toBe('one\n');
    expect(await client(tcp(server)).all).toBe('');
  });

  it('lets a running request finish', async () => {
    const { server, connections } = await echoServer();
    const busy = client(tcp(server));
    busy.send('first\nhold\n');
    await busy.until('first');
    const closed = server.close({ grace: Infinity });
    await expect.poll(() => connections[0]?.calls, { timeout: 15_000 }).toEqual(['shutDown']);
    connections[0]?.release();
    expect(await busy.all).toBe('first\nreleased\n');
    await closed;
    expect(connections[0]?.calls).toEqual(['shutDown']);
  });

  it('aborts what outlives the grace, and a second close shortens it', async () => {
    const { server, connections } = await echoServer();
    const busy = client(tcp(server));
    busy.send('first\nhold\n');
    await busy.until('first');
    const first = server.close({ grace: 3_600_000 });
    await expect.poll(() => connections[0]?.calls, { timeout: 15_000 }).toEqual(['shutDown']);
    await server.close({ grace: 1 });
    await first;
    expect(connections[0]?.calls).toEqual(['shutDown', 'destroy']);
    expect(await busy.all).toBe('first\n');
  });

  it('serves a client that connected before and sends its request after', async () => {
    const { server } = await echoServer();
    const fresh = client(tcp(server));
    await new Promise((resolve) => fresh.socket.once('connect', resolve));
    const closed = server.close();
    fresh.send('late\n');
    expect(await fresh.all).toBe('late\n');
    await closed;
  });

  it.each(['tcp', 'unix'])('loses none of the connections in the queue of the kernel (%s)', async (type) => {
    const path = `${folder()}/s`;
    const { server } = await echoServer(type === 'unix' ? { address: { type: 'unix', path } } : {});
    const target = type === 'unix' ? { path } : tcp(server);
    const clients = Array.from({ length: 50 }, () => client(target));
    for (const each of clients) each.send('queued\n');
    if (type === 'tcp') await new Promise((resolve) => clients.at(-1)?.socket.once('connect', resolve));
    await server.close();
    expect(await Promise.all(clients.map((each) => each.all))).toEqual(clients.map(() => 'queued\n'));
  });

  it('resolves `closed` for whoever waits, once, however often it is closed', async () => {
    const { server } = await echoServer();
    await Promise.all([server.closed, server.close(), server.close(), server.close({ grace: 0 })]);
    await server.close();
  });

  it('leaves half-open connections to the wire', async () => {
    let finished = false;
    const { server } = await echoServer({
      accept: (socket) => {
        socket.on('data', () => {});
        socket.once('end', () => {
          finished = true;
          socket.write('after your FIN\n');
          socket.end();
        });
        return { shutDown: () => {}, destroy: () => {} };
      },
    });
    const half = client(tcp(server));
    half.socket.end('x');
    expect(await half.all).toBe('after your FIN\n');
    expect(finished).toBe(true);
  });

  it('closes connections beyond maxConnections and lives on', async () => {
    const { server } = await echoServer({ maxConnections: 1 });
    const one = client(tcp(server));
    one.send('a\n');
    await one.until('a');
    expect(await client(tcp(server)).all).toBe('');
    one.send('b\n');
    await one.until('b');
  });

  it('ends what is no connection yet when the grace is over, as under a TLS handshake', async () => {
    const { server, connections } = await echoServer({
      createServer: (listener) => {
        const handshaking = createServer({ allowHalfOpen: true });
        handshaking.on('connection', (socket) => socket.once('readable', () => listener(socket)));
        return handshaking;
      },
    });
    const done = client(tcp(server));
    done.send('shaken\n');
    await done.until('shaken');
    const stuck = client(tcp(server));
    await new Promise((resolve) => stuck.socket.once('connect', resolve));
    await server.close({ grace: 300 });
    expect(await stuck.all).toBe('');
    expect(await done.all).toBe('shaken\n');
    expect(connections).toHaveLength(1);
  });

  it('reports a backend that throws, closes that connection and lives on', async () => {
    const reports: string[] = [];
    const { server } = await echoServer({
      accept: () => {
        throw new Error('no more');
      },
      errors: (text) => reports.push(text),
    });
    expect(await client(tcp(server)).all).toBe('');
    expect(await client(tcp(server)).all).toBe('');
    expect(reports).toHaveLength(2);
    expect(reports[0]).toContain(`${server.address}: connection refused: Error: no more`);
  });
});
