import { type App, type Environ, TsgiError } from '@tsgi/core';
import { declaredLength } from '@tsgi/core/cgi';
import { createErrorStream, environFromHead, Exchange, RequestBody, type ResponseWriter } from '@tsgi/core/server';
import { writeToStderr } from '@tsgi/transport/log';
import type { AnswerPrinter } from './answer-printer.ts';
import { usageError } from '../command-line/failure.ts';
import type { OutgoingRequest } from './outgoing-request.ts';

/**
 * Gives a request to a gateway as a web server would, and prints the answer; false when it was cut short.
 *
 * @throws CommandFailure (exit 2) for a request that no web server would pass on.
 */
export async function sendThroughGateway(
  gateway: App,
  outgoing: OutgoingRequest,
  printer: AnswerPrinter,
  signal: AbortSignal,
): Promise<boolean> {
  const { body } = outgoing;
  const environ = environOf(outgoing);
  if (body !== undefined) {
    // What -H says of the length holds, as it does for a web server.
    const sent = new RequestBody({ expected: declaredLength(environ) });
    sent.push(body);
    sent.end();
    environ['tsgi.input'] = sent.input;
  }
  return new Promise((resolve) => {
    const exchange = new Exchange(
      gateway,
      environ,
      printingWriter(printer, resolve, () => exchange.abort()),
    );
    signal.addEventListener('abort', () => {
      exchange.abort();
      resolve(false);
    });
    exchange.run();
  });
}

function environOf({ method, target, headers }: OutgoingRequest): Environ {
  try {
    return environFromHead(
      { method, target, protocol: 'HTTP/1.1', headers: headers.flat() },
      { scheme: 'http', serverName: 'localhost', serverPort: '80', remoteAddress: '127.0.0.1' },
      {
        multithread: false,
        multiprocess: false,
        runOnce: true,
        concurrent: true,
        serverSoftware: 'tsgi',
        errors: createErrorStream(writeToStderr),
      },
    );
  } catch (error) {
    throw error instanceof TsgiError ? usageError(`no web server passes this on: ${error.message}`) : error;
  }
}

function printingWriter(printer: AnswerPrinter, done: (complete: boolean) => void, abort: () => void): ResponseWriter {
  let complete = true;
  let accepted = Promise.resolve();
  const write = (chunk: Uint8Array): boolean => {
    accepted = printer.body(chunk).then(() => {
      if (printer.unread) abort();
    });
    return false;
  };
  return {
    writeHead(head, chunk) {
      printer.head(head.status, head.headers);
      return chunk === undefined || write(chunk);
    },
    write,
    end() {},
    abort() {
      complete = false;
    },
    onDrain: (callback) => void accepted.then(callback),
    finished: () => void accepted.then(() => done(complete)),
  };
}
