import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { byteStringToText, bytesToByteString } from '@tsgi/core';
import { AnswerReport } from './answer-report.js';
import { UnsendableRequest, readOutgoingRequest } from './outgoing-request.js';
import { staticFiles } from './static-files.js';

/**
 * @typedef {import('@tsgi/core').App} App
 * @typedef {import('@tsgi/core').Environ} Environ
 * @typedef {import('@tsgi/core/server').ConnectionFacts} ConnectionFacts
 * @typedef {import('./outgoing-request.js').OutgoingRequest} OutgoingRequest
 *
 * One way to the app.
 * @typedef {{ id: string, send(outgoing: OutgoingRequest, report: AnswerReport, connection: ConnectionFacts, signal: AbortSignal): void }} Wire
 */

const LONGEST_DESCRIPTION = 64 * 1024;
const LONGEST_BODY = 16 * 1024 * 1024;

/** @param {Environ} environ */
async function readRequest(environ) {
  const input = environ['tsgi.input'];
  const line = await input.readline(LONGEST_DESCRIPTION);
  const chunks = [];
  let size = 0;
  for await (const chunk of input) {
    size += chunk.length;
    if (size > LONGEST_BODY) throw new UnsendableRequest('The body is longer than 16 MiB, which is the demo’s limit.');
    chunks.push(chunk);
  }
  const host = environ.HTTP_HOST ?? `${environ.SERVER_NAME}:${environ.SERVER_PORT}`;
  return readOutgoingRequest(byteStringToText(bytesToByteString(line)), Buffer.concat(chunks), host);
}

/** A wire that is silent holds up the next one for no longer. */
const HEAD_START_MS = 100;

/**
 * Sends one request over every wire, and gives what happens on all of them as lines of JSON while it happens. Each wire
 * has its head start: they share one processor, and would be measured getting in each other's way.
 *
 * @param {readonly Wire[]} wires
 * @param {OutgoingRequest} outgoing
 * @param {ConnectionFacts} connection
 */
function fanOut(wires, outgoing, connection) {
  const events = new PassThrough();
  const visitor = new AbortController();
  // The run loop destroys the stream when the visitor has gone or pressed Stop: so end the requests too.
  events.once('close', () => visitor.abort());
  const sendAll = async () => {
    const ends = [];
    for (const wire of wires) {
      if (visitor.signal.aborted) return;
      const report = new AnswerReport(wire.id, (event) => {
        if (!events.destroyed) events.write(`${JSON.stringify(event)}\n`);
      });
      try {
        wire.send(outgoing, report, connection, visitor.signal);
      } catch (error) {
        report.fail(error instanceof Error ? error.message : String(error));
      }
      ends.push(report.ended);
      await Promise.race([report.begun, sleep(HEAD_START_MS)]);
    }
    await Promise.all(ends);
    events.end();
  };
  void sendAll();
  return events;
}

/**
 * Sends a request over every wire before anybody looks: what is only slow the first time would be all that the first
 * visitor sees of it.
 *
 * @param {readonly Wire[]} wires
 */
export async function warmUp(wires) {
  const outgoing = readOutgoingRequest('{"method":"GET","target":"/","headers":[]}', new Uint8Array(0), 'localhost');
  const events = fanOut(wires, outgoing, { scheme: 'http', serverName: 'localhost', serverPort: '80' });
  for await (const _event of events);
}

/**
 * @param {Environ} environ
 * @returns {ConnectionFacts}
 */
function connectionOf(environ) {
  const { REMOTE_ADDR: remoteAddress, REMOTE_PORT: remotePort } = environ;
  return {
    scheme: environ['tsgi.url_scheme'],
    serverName: environ.SERVER_NAME,
    serverPort: environ.SERVER_PORT,
    ...(remoteAddress === undefined ? {} : { remoteAddress }),
    ...(remotePort === undefined ? {} : { remotePort }),
  };
}

/**
 * The server that the browser talks to: the page, and `/send`.
 *
 * @param {readonly Wire[]} wires
 * @returns {App}
 */
export function makeFront(wires) {
  return async (environ, startResponse) => {
    if (environ.PATH_INFO !== '/send' || environ.REQUEST_METHOD !== 'POST') return staticFiles(environ, startResponse);
    let outgoing;
    try {
      outgoing = await readRequest(environ);
    } catch (error) {
      if (!(error instanceof UnsendableRequest)) throw error;
      startResponse('400 Bad Request', [['Content-Type', 'text/plain; charset=utf-8']]);
      return [new TextEncoder().encode(error.message)];
    }
    startResponse('200 OK', [['Content-Type', 'application/x-ndjson']]);
    return fanOut(wires, outgoing, connectionOf(environ));
  };
}
