import { TsgiError } from '@tsgi/core';
import { Exchange, RequestBody, createErrorStream, environFromHead } from '@tsgi/core/server';

/**
 * @typedef {import('@tsgi/core/server').ResponseWriter} ResponseWriter
 * @typedef {import('./answer-report.js').AnswerReport} AnswerReport
 */

/**
 * Where a backend would frame bytes for its peer, this one reports them.
 *
 * @param {AnswerReport} report
 * @param {() => string} trouble what the gateway logged; an answer that it had to make up itself, a 502, has something
 * @returns {ResponseWriter}
 */
function reportingWriter(report, trouble) {
  const end = () => (trouble() === '' ? report.end() : report.fail(trouble()));
  return {
    writeHead(head, chunk, isWhole) {
      report.head(head.status, head.headers);
      if (chunk !== undefined) report.chunk(chunk);
      if (isWhole) end();
      return true;
    },
    write(chunk) {
      report.chunk(chunk);
      return true;
    },
    end,
    abort: () => report.fail(`Cut short. ${trouble()}`),
    onDrain: (callback) => callback(),
    finished() {},
  };
}

/**
 * Hands a request to a gateway, an App that forwards over its wire, as a web server would: it builds the environ, and
 * drives the App through the same run loop that every backend uses.
 *
 * @param {import('@tsgi/core').App} gateway
 * @param {import('@tsgi/core/server').ConnectionFacts} connection
 * @param {import('./outgoing-request.js').OutgoingRequest} outgoing
 * @param {AnswerReport} report
 * @param {AbortSignal} signal
 */
export function sendThroughGateway(gateway, connection, outgoing, report, signal) {
  let logged = '';
  const errors = createErrorStream((text) => {
    logged += text;
  });
  const traits = {
    multithread: false,
    multiprocess: false,
    runOnce: false,
    concurrent: true,
    serverSoftware: 'tsgi-demo',
    errors,
  };
  let environ;
  try {
    const { method, target, headers } = outgoing;
    environ = environFromHead({ method, target, protocol: 'HTTP/1.1', headers: headers.flat() }, connection, traits);
  } catch (error) {
    if (!(error instanceof TsgiError)) throw error;
    report.fail(`Refused before it left, with ${error.statusHint}: ${error.message}`);
    return;
  }
  const body = new RequestBody({ expected: outgoing.body.length });
  body.push(outgoing.body);
  body.end();
  environ['tsgi.input'] = body.input;
  // The first line says it; the stack below it is for the log of a server.
  const trouble = () => logged.split('\n', 1)[0] ?? '';
  const exchange = new Exchange(gateway, environ, reportingWriter(report, trouble));
  signal.addEventListener('abort', () => {
    report.fail('Stopped.');
    exchange.abort();
  });
  exchange.run();
}
