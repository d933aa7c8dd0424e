import type { App } from '@tsgi/core';
import { createErrorStream, environFromHead, Exchange, RequestBody, type ResponseWriter } from '@tsgi/core/gateway';
import type { AnswerPrinter } from './answer-printer.ts';
import type { OutgoingRequest } from './outgoing-request.ts';

/** Gives a request to a gateway as a web server would, and prints the answer; false when it was cut short. */
export function sendThroughGateway(gateway: App, outgoing: OutgoingRequest, printer: AnswerPrinter): Promise<boolean> {
  const { method, target, headers, body } = outgoing;
  const environ = environFromHead(
    { method, target, protocol: 'HTTP/1.1', headers: headers.flat() },
    { scheme: 'http', serverName: 'localhost', serverPort: '80', remoteAddress: '127.0.0.1' },
    {
      multithread: false,
      multiprocess: false,
      runOnce: true,
      concurrent: true,
      serverSoftware: 'tsgi',
      errors: createErrorStream((text) => process.stderr.write(text)),
    },
  );
  if (body !== undefined) {
    const sent = new RequestBody({ expected: body.byteLength });
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
    exchange.run();
  });
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
