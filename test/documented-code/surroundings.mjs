// What the blocks of the pages take for granted: an application, a request, the functions of a reader's own. They stand as globals, so
// that each block runs as it is written.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import { byteStringToText, Headers } from '@tsgi/core';
import { backendDriver } from '@tsgi/conformance';
import { callApp, testEnviron } from '@tsgi/core/testing';
import { gateway } from '@tsgi/cgi-backend';
import { httpBackend, serve } from '@tsgi/http-backend';
import express from 'express';
import { Hono } from 'hono';
import { WebSocketServer } from 'ws';

const encoder = new TextEncoder();

/** Greets whom the path names. */
const app = (environ, startResponse) => {
  const name = byteStringToText(environ.PATH_INFO).slice(1) || 'world';
  startResponse('200 OK', [['Content-Type', 'text/plain; charset=utf-8']]);
  return [encoder.encode(`Hello, ${name}!\n`)];
};

const honoApp = new Hono();
honoApp.get('/*', (c) => c.text('Hello'));
const expressApp = express();
expressApp.use((_request, response) => void response.send('Hello'));

Object.assign(globalThis, {
  // The platform's.
  assert,
  http,
  readFile,
  // Other packages'.
  express,
  WebSocketServer,
  honoApp,
  expressApp,
  // This project's, in blocks that go on where another one has imported it.
  callApp,
  Headers,
  gateway,
  serve,
  // The reader's own.
  app,
  answer: app,
  page: app,
  reports: app,
  encoder,
  environ: testEnviron({ method: 'POST', target: '/', body: 'one\ntwo\n', headers: [['Cookie', 'visits=3']] }),
  startResponse: () => async () => {},
  render: async () => '<p>Hello</p>',
  readRows: async () => ['a', 'b'],
  log: () => {},
  driver: { ...backendDriver(httpBackend, { port: 0 }), name: 'my server' },
  listen: async () => ({ port: 0, close: async () => {} }),
});
