import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type App, TsgiAbortError, TsgiError } from '@tsgi/core';
import { callApp } from '@tsgi/core/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { gateway, type GatewayOptions, ScgiHeaderDecoder } from '../src/index.ts';
import { socketPath, until } from './wire.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

type Answering = (socket: Socket, variables: readonly string[]) => unknown;

/** A gateway to a server that answers as soon as it has a header, with whatever bytes. */
async function to(answer: Answering, options: Partial<GatewayOptions> = {}, path?: string): Promise<App> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const decoder = new ScgiHeaderDecoder();
    let begun = false;
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      const start = begun ? undefined : decoder.push(chunk);
      if (start === undefined) return;
      begun = true;
      answer(socket, start.variables);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => {
    if (path === undefined) server.listen(0, '127.0.0.1', resolve);
    else server.listen(path, resolve);
  });
  const port = (server.address() as AddressInfo).port;
  return gateway({ address: path === undefined ? `127.0.0.1:${port}` : { type: 'unix', path }, ...options });
}

const says =
  (text: string): Answering =>
  (socket) =>
    socket.end(text, 'latin1');

describe('an answer that is accepted', () => {
  it.each([
    ['LF alone', 'Status: 201 Made\nX: y\n\nbody', '201 Made', 'body'],
    ['no Status', 'Content-Type: text/plain\r\n\r\nbody', '200 OK', 'body'],
    ['an HTTP status line, as nginx does', 'HTTP/1.1 404 Gone Fishing\r\nX: y\r\n\r\nbody', '404 Gone Fishing', 'body'],
    ['no body', 'Status: 204 No Content\r\n\r\n', '204 No Content', ''],
    ['a redirect of the client', 'Location: http://example.org/\r\n\r\n', '302 Found', ''],
    ['more than its length', 'Content-Type: a/b\r\nContent-Length: 4\r\n\r\nbody and more', '200 OK', 'body'],
  ])('%s', async (_, bytes, status, text) => {
    expect(await callApp(await to(says(bytes)))).toMatchObject({ status, text, complete: true });
  });

  it('in pieces of one byte', async () => {
    const bytes = 'Status: 200 OK\r\nContent-Length: 4\r\n\r\nbody';
    const app = await to((socket) => {
      const pieces = [...bytes];
      const drip = setInterval(() => {
        const piece = pieces.shift();
        if (piece === undefined) {
          clearInterval(drip);
          socket.end();
        } else socket.write(piece);
      }, 1);
    });
    expect(await callApp(app)).toMatchObject({ status: '200 OK', text: 'body', complete: true });
  });
});

describe('R93: what is no answer becomes a 502', () => {
  it.each([
    ['nothing', ''],
    ['no head', 'just text'],
    ['half a head', 'Status: 200 OK\r\n'],
    ['an empty head', '\r\nbody'],
    ['none of the three headers', 'X: y\r\n\r\nbody'],
    ['a Status that is none', 'Status: fine\r\n\r\n'],
    ['two lengths', 'Status: 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
    ['a head of more than 64 KiB', `X: ${'y'.repeat(70_000)}\r\n\r\n`],
  ])('%s', async (_, bytes) => {
    expect(await callApp(await to(says(bytes)))).toMatchObject({
      status: '502 Bad Gateway',
      text: '502 Bad Gateway\n',
    });
  });

  it('a reset', async () => {
    expect((await callApp(await to((socket) => socket.resetAndDestroy()))).status).toBe('502 Bad Gateway');
  });

  it('a server that is not there', async () => {
    const gone = socketPath();
    const response = await callApp(gateway({ address: `unix:${gone}` }));
    expect(response.status).toBe('502 Bad Gateway');
    expect(response.errors).toContain(gone);
  });

  it('a loop of local redirects, after five', async () => {
    let requests = 0;
    const app = await to((socket) => {
      requests++;
      socket.end('Location: /again\r\n\r\n');
    });
    expect((await callApp(app)).status).toBe('502 Bad Gateway');
    expect(requests).toBe(6);
  });
});

describe('a local redirect', () => {
  const redirecting: Answering = (socket, variables) => {
    const value = (name: string): string => variables[variables.indexOf(name) + 1] ?? '';
    if (value('PATH_INFO') === '/old') socket.end('Location: /m/new%20place?a=%20#top\r\n\r\nunseen');
    else {
      const said = ['REQUEST_METHOD', 'SCRIPT_NAME', 'PATH_INFO', 'QUERY_STRING', 'REQUEST_URI', 'CONTENT_LENGTH'].map(
        value,
      );
      socket.end(`Status: 200 OK\r\n\r\n${said.join('|')}`);
    }
  };

  it('is followed as a GET without the body, at the same mount', async () => {
    const app = await to(redirecting);
    const request = { method: 'POST', body: 'abc', environ: { SCRIPT_NAME: '/m', PATH_INFO: '/old' } };
    expect((await callApp(app, request)).text).toBe('GET|/m|/new place|a=%20|/m/new%20place?a=%20|0');
  });

  it('is the client’s when it leads out of the mount', async () => {
    const app = await to(redirecting);
    const response = await callApp(app, { environ: { SCRIPT_NAME: '/elsewhere', PATH_INFO: '/old' } });
    expect(response).toMatchObject({ status: '302 Found', headers: [['Location', '/m/new%20place?a=%20#top']] });
  });

  it('goes to the application that is given for it, with the whole path', async () => {
    const redirectTo: App = (environ, startResponse) => {
      startResponse('200 OK', []);
      return [Buffer.from(`${environ.SCRIPT_NAME}|${environ.PATH_INFO}`)];
    };
    const app = await to(redirecting, { redirectTo });
    const request = { environ: { SCRIPT_NAME: '/elsewhere', PATH_INFO: '/old' } };
    expect((await callApp(app, request)).text).toBe('|/m/new place');
  });
});

describe('R77, R81: an answer that is cut short does not look complete', () => {
  it('by its end before its length', async () => {
    const app = await to(says('Status: 200 OK\r\nContent-Length: 10\r\n\r\nshort'));
    expect(await callApp(app)).toMatchObject({ status: '200 OK', text: 'short', complete: false });
  });

  it('by a reset, without a length, together with its last bytes', async () => {
    const app = await to((socket) => {
      socket.write('Status: 200 OK\r\n\r\nhalf');
      socket.resetAndDestroy();
    });
    expect(await callApp(app)).toMatchObject({ complete: false });
  });

  it('by a server that goes silent', async () => {
    const app = await to((socket) => socket.write('Status: 200 OK\r\n\r\nhalf'), { idleTimeout: 50 });
    expect(await callApp(app)).toMatchObject({ text: 'half', complete: false });
  });
});

describe('limits', () => {
  it('504 when no head comes in time', async () => {
    const response = await callApp(await to(() => {}, { responseTimeout: 50 }));
    expect(response.status).toBe('504 Gateway Timeout');
  });

  it.each(['connectTimeout', 'responseTimeout', 'idleTimeout'])('Infinity lifts %s', async (name) => {
    const app = await to(
      async (socket) => {
        for (const piece of ['Status: 200 OK\r\n\r\n', 'late']) {
          await new Promise((resolve) => setTimeout(resolve, 20));
          socket.write(piece);
        }
        setTimeout(() => socket.end(), 20);
      },
      { [name]: Infinity },
    );
    expect(await callApp(app)).toMatchObject({ text: 'late', complete: true });
  });

  it('413 for a body beyond the limit, announced or not', async () => {
    let requests = 0;
    const app = await to(() => requests++, { maxBody: 10 });
    expect((await callApp(app, { method: 'POST', body: 'x'.repeat(11) })).status).toBe('413 Content Too Large');
    const environ = { CONTENT_LENGTH: undefined };
    expect((await callApp(app, { method: 'POST', body: 'x'.repeat(11), environ })).status).toBe(
      '413 Content Too Large',
    );
    expect(requests).toBe(0);
  });

  it('400 for a path that the wire cannot carry', async () => {
    expect((await callApp(await to(says('')), { target: '/a%00b' })).status).toBe('400 Bad Request');
  });
});

describe('the client', () => {
  it('closes the connection to the server when it goes', async () => {
    let closed = false;
    const controller = new AbortController();
    const app = await to((socket) => {
      socket.on('close', () => {
        closed = true;
      });
      socket.on('end', () => socket.end());
      controller.abort();
    });
    await callApp(app, { signal: controller.signal });
    await until(() => closed);
    expect(closed).toBe(true);
  });

  // A FIN behind a whole request says nothing: who sends one may still wait.
  it('resets the connection to the server when it goes within the answer', async () => {
    let code: string | undefined;
    const controller = new AbortController();
    const app = await to((socket) => {
      socket.on('error', (error: Error & { code?: string }) => {
        code = error.code;
      });
      socket.write('Status: 200 OK\r\nContent-Type: text/plain\r\n\r\nfirst', () => controller.abort());
    });
    await callApp(app, { signal: controller.signal });
    await expect.poll(() => code, { timeout: 20_000 }).toBe('ECONNRESET');
  });

  it('that cuts its body short gets no answer to the half', async () => {
    const app = await to((socket) => socket.on('end', () => socket.end('Status: 200 OK\r\n\r\n')));
    const failure = new TsgiAbortError('the body was cut short');
    const input = {
      async *[Symbol.asyncIterator]() {
        yield new Uint8Array(3);
        throw failure;
      },
    };
    const environ = { CONTENT_LENGTH: '10', 'tsgi.input': input };
    expect((await callApp(app, { method: 'POST', environ })).status).not.toBe('200 OK');
  });

  it('reads an answer that comes before its body was sent', async () => {
    const app = await to((socket) => {
      socket.end('Status: 403 Forbidden\r\nContent-Length: 2\r\n\r\nno');
      setTimeout(() => socket.destroy(), 50);
    });
    const input = {
      async *[Symbol.asyncIterator]() {
        for (let sent = 0; sent < 100; sent++) {
          yield new Uint8Array(10_000);
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
      },
    };
    const environ = { CONTENT_LENGTH: '1000000', 'tsgi.input': input };
    expect(await callApp(app, { method: 'POST', environ })).toMatchObject({ status: '403 Forbidden', text: 'no' });
  });

  it('R12: stops the server when it does not read', async () => {
    let sent = 0;
    const app = await to((socket) => {
      socket.write('Status: 200 OK\r\n\r\n');
      const more = (): void => {
        while (sent < 50_000_000 && socket.write(new Uint8Array(100_000))) sent += 100_000;
      };
      socket.on('drain', more);
      more();
    });
    const body = await new Promise<AsyncIterator<Uint8Array>>((resolve, reject) => {
      const probe: App = async (environ, startResponse) => {
        const answer = await app(environ, startResponse);
        if (Symbol.asyncIterator in answer) resolve(answer[Symbol.asyncIterator]());
        return new Promise(() => {});
      };
      callApp(probe).catch(reject);
    });
    let before = -1;
    while (before !== sent) {
      before = sent;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(sent).toBeLessThan(25_000_000);
    await body.return?.();
  });
});

it.each(['nowhere', 'fcgi://127.0.0.1:4000'])('the bad address %s is refused when the gateway is made', (address) => {
  expect(() => gateway({ address })).toThrow(TsgiError);
});
