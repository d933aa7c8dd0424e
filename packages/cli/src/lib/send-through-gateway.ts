import type { App } from '@tsgi/core';
import { createErrorStream, environFromHead, Exchange, RequestBody, type ResponseWriter } from '@tsgi/core/gateway';
import { answerPrinter } from './answer-printer.ts';
import type { OutgoingRequest } from './outgoing-request.ts';

/** Gives a request to a gateway as a web server would, and prints the answer; false when it was cut short. */
export function sendThroughGateway(gateway: App, outgoing: OutgoingRequest): Promise<boolean> {
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
    new Exchange(gateway, environ, printingWriter(resolve)).run();
  });
}

function printingWriter(done: (complete: boolean) => void): ResponseWriter {
  let complete = true;
  let accepted = Promise.resolve();
  const write = (chunk: Uint8Array): boolean => {
    accepted = answerPrinter.body(chunk);
    return false;
  };
  return {
    writeHead(head, chunk) {
      answerPrinter.head(head.status, head.headers);
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
