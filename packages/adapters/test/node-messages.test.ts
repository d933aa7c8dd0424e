import { once } from 'node:events';
import { createServer, IncomingMessage, type IncomingHttpHeaders, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { callApp, type TestRequest } from '@tsgi/core/testing';
import { validator } from '@tsgi/core/validator';
import compression from 'compression';
import express from 'express';
import morgan from 'morgan';
import { describe, expect, it } from 'vitest';
import type { NodeListener } from '../src/node.ts';
import { bridges } from './support/bridges.ts';

const text = (response: { headers: [string, string][] }, name: string): string[] =>
  response.headers.filter(([header]) => header.toLowerCase() === name).map(([, value]) => value);

// What bridges to Node frameworks got wrong elsewhere: srvx #232, #248, #204; serverless-http #151; light-my-request #333.
describe.each(bridges)('%s', (_name, bridge) => {
  const call = (listener: NodeListener, request?: TestRequest): ReturnType<typeof callApp> =>
    callApp(validator(bridge(listener)), request);

  it('the messages are real ones', async () => {
    const seen: boolean[] = [];
    await call((request, response) => {
      seen.push(request instanceof IncomingMessage, response instanceof ServerResponse);
      response.setHeader('Content-Type', 'text/plain').end('x');
    });
    expect(seen).toEqual([true, true]);
  });

  it('an empty line in the body is no end of the head', async () => {
    const body = 'a\r\n\r\nHTTP/1.1 200 OK\r\n\r\nb';
    const answer = await call((_request, response) => {
      response.setHeader('Content-Type', 'text/plain');
      response.write('a\r\n\r\n');
      response.end(body.slice(5));
    });
    expect(answer.text).toBe(body);
  });

  it('who listens late to a body gets all of it', async () => {
    const answer = await call(
      async (request, response) => {
        await turn();
        await turn();
        let body = '';
        request.setEncoding('utf8');
        for await (const piece of request) body += piece as string;
        response.setHeader('Content-Type', 'text/plain').end(body);
      },
      { method: 'POST', body: ['one ', 'two ', 'three'].map((piece) => Buffer.from(piece)) },
    );
    expect(answer.text).toBe('one two three');
  });

  it.each([204, 304])('%i is no error, and has no body', async (code) => {
    const answer = await call((_request, response) => {
      response.writeHead(code).end();
    });
    expect([answer.status.slice(0, 3), answer.text, answer.complete]).toEqual([String(code), '', true]);
  });

  it('a Transfer-Encoding of the application changes no byte of the body, and goes nowhere', async () => {
    const answer = await call((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/plain', 'Transfer-Encoding': 'chunked', Connection: 'close' });
      response.write('one ');
      response.end('two');
    });
    expect(answer.text).toBe('one two');
    expect([text(answer, 'transfer-encoding'), text(answer, 'connection')]).toEqual([[], []]);
  });

  it('a stream of events is answered while it goes on', async () => {
    const leaving = new AbortController();
    let closed = false;
    const answer = await call(
      (_request, response) => {
        response.writeHead(200, { 'Content-Type': 'text/event-stream' });
        response.write('data: 1\n\n');
        response.on('close', () => {
          closed = true;
        });
        setImmediate(() => leaving.abort());
      },
      { signal: leaving.signal },
    );
    expect(answer.text).toBe('data: 1\n\n');
    expect(closed).toBe(true);
  });

  it.each([
    ['at once', false],
    ['later', true],
  ])('who hears finish still hears close: an answer that ends %s', async (_when, isLate) => {
    const events: string[] = [];
    let closed: Promise<void> | undefined;
    await call((_request, response) => {
      closed = new Promise((resolve) => {
        response.once('finish', () => {
          events.push('finish');
          response.once('close', () => {
            events.push('close');
            resolve();
          });
        });
      });
      response.setHeader('Content-Type', 'text/plain');
      if (isLate) setImmediate(() => response.end('x'));
      else response.end('x');
    });
    await closed;
    expect(events).toEqual(['finish', 'close']);
  });

  it('who begins to listen when the answer is out hears close', async () => {
    let heard: Promise<unknown> | undefined;
    await call((_request, response) => {
      response.setHeader('Content-Type', 'text/plain').end('x');
      heard = Promise.resolve().then(() => once(response, 'close'));
    });
    await heard;
  });

  it('a head that is flushed and a body that is empty do not hang', async () => {
    const answer = await call((_request, response) => {
      response.setHeader('X-A', 'b');
      response.flushHeaders();
      setImmediate(() => response.end());
    });
    expect([answer.status, answer.text, answer.complete]).toEqual(['200 OK', '', true]);
  });

  it('versions and headers are as Node has them, so that morgan can log', async () => {
    const lines: string[] = [];
    const app = express();
    app.use(
      morgan(':method :url :status HTTP/:http-version :remote-addr :res[content-length]', {
        stream: { write: (line) => lines.push(line) },
      }),
    );
    app.get('/a', (request, response) => {
      response.json([request.httpVersion, request.rawHeaders.length > 0, request.headers.host, request.complete]);
    });
    const answer = await call(app, { target: '/a?b=c' });
    expect(JSON.parse(answer.text)).toEqual(['1.1', true, '127.0.0.1', expect.any(Boolean)]);
    await expect
      .poll(() => lines, { timeout: 20_000 })
      .toEqual(
        ['GET /a?b=c 200 HTTP/1.1 127.0.0.1 29\n'].map((line) => line.replace('29', String(answer.body.byteLength))),
      );
  });

  it('what writeHead adds stands beside what setHeader set', async () => {
    const answer = await call((_request, response) => {
      response.setHeader('X-A', '1');
      response.setHeader('Set-Cookie', ['a=1', 'b=2']);
      response.writeHead(201, 'Made', { 'X-B': ['2', '3'], 'Content-Type': 'text/plain' });
      response.end('x');
    });
    expect(answer.status).toBe('201 Made');
    expect([text(answer, 'x-a'), text(answer, 'x-b'), text(answer, 'set-cookie')]).toEqual([
      ['1'],
      ['2', '3'],
      ['a=1', 'b=2'],
    ]);
  });

  it.each([
    ['pairs in turn', ['X-A', '1', 'Content-Type', 'text/plain']],
    ['an object', { 'X-A': 1, 'Content-Type': 'text/plain' }],
  ])('writeHead takes %s', async (_what, headers) => {
    const answer = await call((_request, response) => {
      response.writeHead(200, headers as never);
      response.end('x');
    });
    expect(text(answer, 'x-a')).toEqual(['1']);
  });

  it('the second answer of one application is as clean as the first', async () => {
    const app = bridge((_request, response) => {
      response.setHeader('Content-Type', 'text/plain');
      response.write('a');
      response.end('b');
    });
    for (let round = 0; round < 3; round++) expect((await callApp(app)).text).toBe('ab');
  });

  it('Express behind a function of two parameters, and under node:http afterwards', async () => {
    const app = express();
    app.get('/', (request, response) => response.json({ ip: request.ip, secure: request.secure }));
    const answer = await call((request, response) => app(request, response));
    expect(JSON.parse(answer.text)).toEqual({ ip: '127.0.0.1', secure: false });
    const server = createServer(app).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).json()).toEqual({ ip: '127.0.0.1', secure: false });
    server.closeAllConnections();
    server.close();
  });

  it('compression and pipelines', async () => {
    const app = express();
    app.use(compression({ threshold: 0 }));
    app.get('/', async (_request, response) => {
      response.type('text/plain');
      await pipeline(Readable.from(['a'.repeat(1000), 'b'.repeat(1000)]), response);
    });
    const answer = await call(app, { headers: [['Accept-Encoding', 'gzip']] });
    expect(text(answer, 'content-encoding')).toEqual(['gzip']);
    const { gunzipSync } = await import('node:zlib');
    expect(gunzipSync(answer.body).toString()).toBe('a'.repeat(1000) + 'b'.repeat(1000));
  });

  it('no header that a server keeps to itself reaches the application', async () => {
    let headers: IncomingHttpHeaders = {};
    await call(
      (request, response) => {
        ({ headers } = request);
        response.end();
      },
      {
        headers: [
          ['Proxy', 'http://evil.test'],
          ['X_Forged', '1'],
          ['X-Kept', '2'],
          ['Keep-Alive', 'timeout=1'],
        ],
      },
    );
    expect(headers).toEqual({ host: '127.0.0.1', 'x-kept': '2', ...(headers.connection && { connection: 'close' }) });
  });

  it('a listener that throws or rejects is a 500', async () => {
    for (const listener of [
      () => {
        throw new Error('planned');
      },
      () => Promise.reject(new Error('planned')),
    ]) {
      const answer = await callApp(bridge(listener));
      expect(answer.status).toBe('500 Internal Server Error');
      expect(answer.errors).toContain('planned');
    }
  });

  it('what a listener does after it has thrown, or after its client has left, harms nobody', async () => {
    let late: (() => unknown) | undefined;
    const throwing = bridge((_request, response) => {
      late = () => response.writeHead(200).end('late');
      throw new Error('planned');
    });
    expect((await callApp(throwing)).status).toBe('500 Internal Server Error');
    expect(() => late?.()).not.toThrow();
    const leaving = new AbortController();
    const waiting = bridge((_request, response) => {
      response.on('close', () => {
        late = () => response.end('late');
      });
      setImmediate(() => leaving.abort());
    });
    await callApp(waiting, { signal: leaving.signal });
    expect(() => late?.()).not.toThrow();
  });

  it('what is destroyed after its first bytes does not look whole', async () => {
    const answer = await callApp(
      bridge((_request, response) => {
        response.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': '10' });
        response.write('half');
        setImmediate(() => response.destroy());
      }),
    );
    expect([answer.status, answer.text, answer.complete]).toEqual(['200 OK', 'half', false]);
  });

  it('a header that cannot be sent is an error of the application, which may still answer otherwise', async () => {
    const answer = await callApp(
      bridge((_request, response) => {
        try {
          response.writeHead(200, ['X-A', 'a\nb'] as never);
        } catch {
          response.writeHead(500, { 'Content-Type': 'text/plain' });
        }
        response.end('told');
      }),
    );
    // Node keeps the phrase of the first attempt.
    expect([answer.status.slice(0, 3), answer.text]).toEqual(['500', 'told']);
  });

  // Fastify tells such an error by its code.
  it.each([
    ['X-A', 'a\u2019b', 'ERR_INVALID_CHAR', 'Invalid character in header content ["X-A"]'],
    ['X A', 'a', 'ERR_INVALID_HTTP_TOKEN', 'Header name must be a valid HTTP token ["X A"]'],
  ])('the error of %s: %s is that of Node', async (name, value, code, message) => {
    let thrown: unknown;
    const answer = await callApp(
      bridge((_request, response) => {
        try {
          response.writeHead(200, { 'Content-Type': 'text/plain', [name]: value });
        } catch (error) {
          thrown = error;
          response.writeHead(500, { 'Content-Type': 'text/plain' });
        }
        response.end('told');
      }),
    );
    expect(thrown).toMatchObject({ code, message });
    expect([answer.status.slice(0, 3), answer.text]).toEqual(['500', 'told']);
  });

  it('CONNECT is not for a listener', async () => {
    const answer = await callApp(
      bridge(() => {}),
      { method: 'CONNECT', target: 'example.test:443' },
    );
    expect(answer.status).toBe('501 Not Implemented');
  });

  it('early hints go out as such, and a 100 not at all', async () => {
    const hints: [string, string][][] = [];
    const answer = await callApp(
      bridge((_request, response) => {
        response.writeContinue();
        response.writeEarlyHints({ link: ['</a.css>; rel=preload'], 'x-b': '1' });
        response.end('x');
      }),
      { environ: { 'tsgi.early_hints': (headers: [string, string][]) => hints.push(headers) } },
    );
    expect(answer.text).toBe('x');
    expect(hints[0]?.map(([name, value]) => `${name.toLowerCase()}: ${value}`)).toEqual([
      'link: </a.css>; rel=preload',
      'x-b: 1',
    ]);
  });
});
