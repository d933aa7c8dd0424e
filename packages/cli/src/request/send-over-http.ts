import { type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import type { Header } from '@tsgi/core';
import type { AnswerPrinter } from './answer-printer.ts';
import { CommandFailure, EXIT, firstLine } from '../command-line/failure.ts';
import type { OutgoingRequest } from './outgoing-request.ts';

/**
 * Sends a request to the HTTP server at this UNIX socket and prints the answer; false when it was cut short.
 *
 * @throws CommandFailure (exit 1) when the connection is closed instead.
 */
export async function sendOverHttp(
  socketPath: string,
  outgoing: OutgoingRequest,
  printer: AnswerPrinter,
  signal: AbortSignal,
): Promise<boolean> {
  const { answer, socket } = (await send(socketPath, outgoing, signal)) ?? {};
  if (answer === undefined) return false;
  printer.head(`${answer.statusCode} ${answer.statusMessage}`, pairs(answer.rawHeaders));
  if (socket !== undefined) {
    // A tunnel, or another protocol: what follows the head is no body, and need not end.
    socket.destroy();
    return true;
  }
  try {
    for await (const chunk of answer) {
      await printer.body(chunk);
      if (printer.unread) return true;
    }
  } catch {
    // A reset, or an end before the announced length.
    return false;
  }
  return answer.complete;
}

interface Answer {
  readonly answer: IncomingMessage;
  /** After CONNECT or an upgrade, which Node tells in events of their own. */
  readonly socket: Socket | undefined;
}

/** Gives nothing when `signal` is aborted first. */
function send(
  socketPath: string,
  { method, target, headers, body }: OutgoingRequest,
  signal: AbortSignal,
): Promise<Answer | undefined> {
  const sent = request({ socketPath, method, path: target, headers: headers.flat(), agent: false, signal });
  return new Promise((resolve, reject) => {
    const onTaken = (answer: IncomingMessage, socket: Socket): void => resolve({ answer, socket });
    sent.once('response', (answer) => resolve({ answer, socket: undefined }));
    sent.once('connect', onTaken);
    sent.once('upgrade', onTaken);
    // Also later than the answer, when it changes nothing: the server may close while the body is still being sent.
    sent.on('error', (error) => {
      if (signal.aborted) return resolve(undefined);
      const message = `the connection was closed without an answer: ${firstLine(error)}`;
      reject(new CommandFailure(message, EXIT.failed, error));
    });
    sent.end(body);
  });
}

/** Node gives names and values alternately. */
function pairs(raw: readonly string[]): Header[] {
  return raw.flatMap((name, index): Header[] => (index % 2 === 0 ? [[name, raw[index + 1] ?? '']] : []));
}
