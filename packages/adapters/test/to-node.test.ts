import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { App } from '@tsgi/core';
import { validator } from '@tsgi/core/validator';
import express from 'express';
import { describe, expect, it, onTestFinished } from 'vitest';
import { toNode } from '../src/node.ts';

const tell: App = async (environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  const body = Buffer.from(await environ['tsgi.input'].read()).toString();
  return [Buffer.from(`${environ.SCRIPT_NAME}|${environ.PATH_INFO}|${environ.REQUEST_URI}|${body}`)];
};

async function listen(server: Server): Promise<string> {
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const quiet = { errors() {} };

describe('toNode as a middleware of Express', () => {
  it('is mounted where Express says, and reads what nobody has read', async () => {
    const app = express();
    app.use('/rep%C3%B6rts', toNode(validator(tell), quiet));
    const url = await listen(createServer(app));
    const answer = await fetch(`${url}/rep%C3%B6rts/a%20b?c`, { method: 'POST', body: 'body' });
    expect(await answer.text()).toBe('/repÃ¶rts|/a b|/rep%C3%B6rts/a%20b?c|body');
  });

  it('what the application throws before its head is Express’s', async () => {
    const app = express();
    app.use(
      toNode(async () => {
        throw new Error('planned');
      }, quiet),
    );
    app.use((error: Error, _request: unknown, response: express.Response, _next: unknown) => {
      response.status(418).send(error.message);
    });
    const answer = await fetch(await listen(createServer(app)));
    expect([answer.status, await answer.text()]).toEqual([418, 'planned']);
  });

  it('a body that a middleware in front has read is an error, not an empty body', async () => {
    const app = express();
    const errors: string[] = [];
    app.use(express.text(), toNode(tell, { errors: (text) => errors.push(text) }));
    app.use((error: Error, _request: unknown, response: express.Response, _next: unknown) => {
      response.status(500).send(error.message);
    });
    const url = await listen(createServer(app));
    const answer = await fetch(url, { method: 'POST', body: 'body' });
    expect([answer.status, await answer.text()]).toEqual([
      500,
      expect.stringContaining('the request body was read before'),
    ]);
    expect(errors.join('')).toContain('the request body was read before');
  });
});

it('a request that has no environ is refused', async () => {
  const url = await listen(createServer(toNode(tell, quiet)));
  const answer = await fetch(url, { headers: { 'X-A': 'b' }, method: 'OPTIONS' });
  expect(answer.status).toBe(200);
  const server = createServer((request, response) => {
    request.url = '/a b';
    toNode(tell, quiet)(request, response);
  });
  expect((await fetch(await listen(server))).status).toBe(400);
});
