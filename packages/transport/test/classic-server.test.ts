import { existsSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { App, Body, Environ, StartResponse } from '@tsgi/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ClassicServer, makeClassicServer, RequestHandler } from '../src/classic.ts';
import { type Connection, serveWire, type Wire } from '../src/index.ts';
import { client, echoServer, folder, tcp } from './sockets.ts';

/** A wire of lines that runs an application: PATH_INFO is the line, the answer is status, then body. */
class LineConnection implements Connection {
  readonly #app: App;
  readonly #socket: Socket;
  #running = 0;
  #ending = false;

  constructor(app: App, socket: Socket) {
    this.#app = app;
    this.#socket = socket;
    socket.on('data', (bytes) => {
      for (const line of String(bytes).trimEnd().split('\n')) if (!this.#ending) void this.#run(line);
    });
    socket.on('end', () => socket.end());
  }

  shutDown(): void {
    this.#ending = true;
    if (this.#running === 0) this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  async #run(line: string): Promise<void> {
    this.#running++;
    const after: (() => unknown)[] = [];
    const environ = { PATH_INFO: line, 'tsgi.after_response': after } as unknown as Environ;
    const out: string[] = [];
    const body = await this.#app(environ, (status) => {
      out.push(status);
      return async () => {};
    });
    for await (const chunk of body) out.push(String(Buffer.from(chunk)));
    this.#socket.write(`${out.join(' ')}\n`);
    this.#running--;
    if (this.#ending) this.#socket.end();
    for (const callback of after) callback();
  }
}

const lines: Wire = { scheme: 'line', accept: (app, socket) => new LineConnection(app, socket) };

const hello: App = (environ, startResponse) => {
  startResponse('200 OK', []);
  return [Buffer.from(`hello ${environ.PATH_INFO} ${String(environ['GREETING'] ?? '')}`.trimEnd())];
};

async function listening(server: ClassicServer): Promise<ClassicServer> {
  onTestFinished(() => server.close({ grace: 0 }));
  await server.listening;
  return server;
}

describe('makeServer', () => {
  it('binds when it is made and serves when it is told to', async () => {
    const server = await listening(makeClassicServer('127.0.0.1', 0, hello, lines));
    expect(server.address).toBe(`line://127.0.0.1:${server.port}`);
    const early = client(tcp(server));
    early.send('early\n');
    await new Promise((resolve) => early.socket.once('connect', resolve));
    const forever = server.serveForever();
    expect(await early.until('\n')).toBe('200 OK hello early\n');
    const next = client(tcp(server));
    next.send('a\nb\n');
    expect(await next.until('b')).toBe('200 OK hello a\n200 OK hello b\n');
    await server.close();
    await forever;
  });

  it('handleRequest serves one request of one connection', async () => {
    const server = await listening(makeClassicServer('127.0.0.1', 0, hello, lines));
    const first = server.handleRequest();
    const one = client(tcp(server));
    one.send('a\nb\n');
    expect(await one.all).toBe('200 OK hello a\n');
    await first;
    const two = client(tcp(server));
    two.send('c\n');
    await server.handleRequest();
    expect(await two.all).toBe('200 OK hello c\n');
  });

  it('handleRequest resolves when its connection brought no request', async () => {
    const server = await listening(makeClassicServer('127.0.0.1', 0, hello, lines));
    const request = server.handleRequest();
    client(tcp(server)).socket.end();
    await request;
  });

  it('handleRequest resolves when the client of a connection that waited has left', async () => {
    const accepted: Socket[] = [];
    class WatchingServer extends ClassicServer {
      protected override verifyRequest(socket: Socket): boolean {
        accepted.push(socket);
        return true;
      }
    }
    const server = await listening(makeClassicServer('127.0.0.1', 0, hello, lines, { serverClass: WatchingServer }));
    const leaving = client(tcp(server));
    leaving.socket.end();
    await expect.poll(() => accepted[0]?.readableEnded, { timeout: 15_000 }).toBe(true);
    await server.handleRequest();
    expect(accepted[0]?.destroyed).toBe(true);
  });

  it('handleRequest resolves when the server is closed before a connection came, and rejects afterwards', async () => {
    const server = await listening(makeClassicServer('127.0.0.1', 0, hello, lines));
    const request = server.handleRequest();
    await Promise.resolve();
    await server.listening;
    await server.close();
    await request;
    await expect(server.handleRequest()).rejects.toThrow(expect.objectContaining({ code: 'SERVER_CLOSED' }));
  });

  it('handleRequest rejects while serveForever runs', async () => {
    const server = await listening(makeClassicServer('127.0.0.1', 0, hello, lines));
    void server.serveForever();
    await expect(server.handleRequest()).rejects.toThrow(expect.objectContaining({ code: 'SERVER_BUSY' }));
  });

  it('handleRequest says that the server is closed, though serveForever ran before', async () => {
    const server = await listening(makeClassicServer('127.0.0.1', 0, hello, lines));
    const forever = server.serveForever();
    await server.close();
    await forever;
    await expect(server.handleRequest()).rejects.toThrow(expect.objectContaining({ code: 'SERVER_CLOSED' }));
  });

  it('gives the errors of the bind to serveForever and handleRequest', async () => {
    const { server: occupant } = await echoServer();
    const taken = expect.objectContaining({ code: 'ADDRESS_IN_USE' });
    await expect(makeClassicServer('127.0.0.1', occupant.port ?? 0, hello, lines).serveForever()).rejects.toThrow(
      taken,
    );
    await expect(makeClassicServer('127.0.0.1', occupant.port ?? 0, hello, lines).handleRequest()).rejects.toThrow(
      taken,
    );
    const failed = makeClassicServer('127.0.0.1', occupant.port ?? 0, hello, lines);
    await expect(failed.serveForever()).rejects.toThrow(taken);
    await expect(failed.handleRequest()).rejects.toThrow(taken);
    const bad = makeClassicServer('unix:/x?mode=8', 0, hello, lines);
    await expect(bad.serveForever()).rejects.toThrow(expect.objectContaining({ code: 'BAD_ADDRESS' }));
    await bad.close();
  });

  it('takes an empty host for every interface, and a path for a UNIX socket', async () => {
    const everywhere = await listening(makeClassicServer('', 0, hello, lines));
    expect(everywhere.address).toMatch(/^line:\/\/(\[::\]|0\.0\.0\.0):\d+$/);
    const path = `${folder()}/s`;
    expect((await listening(makeClassicServer(path, 0, hello, lines))).address).toBe(`line+unix:${path}`);
    const other = `unix:${folder()}/s?mode=600`;
    expect((await listening(makeClassicServer(other, 0, hello, lines))).address).toBe(`line+${other}`);
  });

  it.each([undefined, null, {}, 'app'])('refuses %s for an application, before it binds', async (app) => {
    const found = 'R1: an application is a function';
    const path = `${folder()}/s`;
    expect(() => makeClassicServer(path, 0, app as never, lines)).toThrow(found);
    await expect(serveWire(app as never, lines, { path }, 0)).rejects.toThrow(found);
    expect(existsSync(path)).toBe(false);
    const server = await listening(makeClassicServer(path, 0, hello, lines));
    expect(() => server.setApp(app as never)).toThrow(TypeError);
  });

  it('runs the application that setApp gave last', async () => {
    const server = await listening(makeClassicServer('127.0.0.1', 0, hello, lines));
    expect(server.getApp()).toBe(hello);
    void server.serveForever();
    server.setApp((_environ, startResponse) => {
      startResponse('404 Not Found', []);
      return [];
    });
    const one = client(tcp(server));
    one.send('x\n');
    expect(await one.until('\n')).toBe('404 Not Found\n');
  });
});

describe('replaceable classes', () => {
  it('a handler class changes the environ, wraps the application and logs each request once', async () => {
    const log: unknown[] = [];
    class Handler extends RequestHandler {
      override getEnviron(environ: Environ): Environ {
        return super.getEnviron({ ...environ, PATH_INFO: `/${environ.PATH_INFO}` });
      }
      override handle(environ: Environ, startResponse: StartResponse): Body | PromiseLike<Body> {
        if (environ.PATH_INFO === '/none') return [];
        return super.handle(environ, startResponse);
      }
      override logRequest(environ: Environ, status: string | undefined): void {
        log.push([environ.PATH_INFO, status]);
      }
    }
    const server = await listening(makeClassicServer('127.0.0.1', 0, hello, lines, { handlerClass: Handler }));
    void server.serveForever();
    const one = client(tcp(server));
    one.send('a\n');
    expect(await one.until('\n')).toBe('200 OK hello /a\n');
    one.send('none\n');
    await expect
      .poll(() => log)
      .toEqual([
        ['/a', '200 OK'],
        ['/none', undefined],
      ]);
  });

  it('a server class adds variables and refuses connections', async () => {
    let refuse = false;
    class Server extends ClassicServer {
      readonly greeting = 'friend';
      protected override setupEnviron(): Record<string, string> {
        return { GREETING: this.greeting, PATH_INFO: 'not taken' };
      }
      protected override verifyRequest(socket: Socket): boolean {
        return socket.remoteAddress === '127.0.0.1' && !refuse;
      }
    }
    const server = await listening(makeClassicServer('127.0.0.1', 0, hello, lines, { serverClass: Server }));
    expect(server).toBeInstanceOf(Server);
    void server.serveForever();
    const one = client(tcp(server));
    one.send('a\n');
    expect(await one.until('\n')).toBe('200 OK hello a friend\n');
    refuse = true;
    expect(await client(tcp(server)).all).toBe('');
  });
});
