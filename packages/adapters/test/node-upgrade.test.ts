import { createServer } from 'node:http';
import { serve } from '@tsgi/http-backend';
import express from 'express';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { fromNode } from '../src/node.ts';

it('ws on an http.Server that listens nowhere, beside Express', async () => {
  const app = express();
  app.get('/', (_request, response) => response.send('plain'));
  const server = createServer(app);
  const sockets = new WebSocketServer({ server, path: '/chat' });
  sockets.on('connection', (socket, request) => {
    socket.on('message', (message) => socket.send(`${request.url} ${request.headers['x-a']} ${String(message)}`));
  });
  const running = await serve(fromNode(server), { port: 0 });
  onTestFinished(() => running.close({ grace: 0 }));
  const client = new WebSocket(`${running.address.replace('http', 'ws')}/chat?room=1`, { headers: { 'X-A': 'b' } });
  const answer = await new Promise<string>((resolve, reject) => {
    client.on('open', () => client.send('hello'));
    client.on('message', (message) => resolve(String(message)));
    client.on('error', reject);
  });
  expect(answer).toBe('/chat?room=1 b hello');
  client.close();
  expect(await (await fetch(running.address)).text()).toBe('plain');
});
