import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import type { Header } from '@tsgi/core';
import { answerPrinter } from './answer-printer.ts';
import type { OutgoingRequest } from './outgoing-request.ts';

/** Sends a request to the HTTP server at this UNIX socket and prints the answer; false when it was cut short. */
export async function sendOverHttp(socketPath: string, outgoing: OutgoingRequest): Promise<boolean> {
  const { method, target, headers, body } = outgoing;
  const sent = request({ socketPath, method, path: target, headers: headers.flat(), agent: false });
  sent.end(body);
  const [answer]: IncomingMessage[] = await once(sent, 'response');
  if (answer === undefined) return false;
  answerPrinter.head(`${answer.statusCode} ${answer.statusMessage}`, pairs(answer.rawHeaders));
  try {
    for await (const chunk of answer) await answerPrinter.body(chunk);
  } catch {
    // A reset, or an end before the announced length.
    return false;
  }
  return answer.complete;
}

/** Node gives names and values alternately. */
function pairs(raw: readonly string[]): Header[] {
  return raw.flatMap((name, index): Header[] => (index % 2 === 0 ? [[name, raw[index + 1] ?? '']] : []));
}
