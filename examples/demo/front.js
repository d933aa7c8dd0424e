import { PassThrough } from 'node:stream';
import { byteStringToText, bytesToByteString } from '@tsgi/core';
import { AnswerReport } from './answer-report.js';
import { UnsendableRequest, readOutgoingRequest } from './outgoing-request.js';
import { staticFiles } from './static-files.js';

/**
 * @typedef {import('@tsgi/core').App} App
 * @typedef {import('@tsgi/core').Environ} Environ
 * @typedef {import('./outgoing-request.js').OutgoingRequest} OutgoingRequest
 *
 * One way to the app.
 * @typedef {{ id: string, send(outgoing: OutgoingRequest, report: AnswerReport, environ: Environ, signal: AbortSignal): void }} Wire
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

/**
 * Sends one request over every wire at once; gives what happens on all of them as lines of JSON while it happens.
 *
 * @param {readonly Wire[]} wires
 * @param {OutgoingRequest} outgoing
 * @param {Environ} environ
 */
function fanOut(wires, outgoing, environ) {
  const events = new PassThrough();
  const visitor = new AbortController();
  // The run loop destroys the stream when the visitor has gone or pressed Stop: so end the requests too.
  events.once('close', () => visitor.abort());
  const reports = wires.map((wire) => {
    const report = new AnswerReport(wire.id, (event) => {
      if (!events.destroyed) events.write(`${JSON.stringify(event)}\n`);
    });
    try {
      wire.send(outgoing, report, environ, visitor.signal);
    } catch (error) {
      report.fail(error instanceof Error ? error.message : String(error));
    }
    return report.ended;
  });
  void Promise.all(reports).then(() => events.end());
  return events;
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
    return fanOut(wires, outgoing, environ);
  };
}
