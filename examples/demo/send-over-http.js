import { request } from 'node:http';

/**
 * Sends a request as any HTTP client does, and reports what comes back.
 *
 * @param {{ port: number, agent: import('node:http').Agent }} server
 * @param {import('./outgoing-request.js').OutgoingRequest} outgoing
 * @param {import('./answer-report.js').AnswerReport} report
 * @param {AbortSignal} signal
 */
export function sendOverHttp({ port, agent }, { method, target, headers, body }, report, signal) {
  const sent = request({ host: '127.0.0.1', port, agent, method, path: target, headers: headers.flat(), signal });
  sent.once('error', (error) => report.fail(signal.aborted ? 'Stopped.' : `No answer: ${error.message}`));
  sent.once('response', (response) => {
    const { rawHeaders } = response;
    /** @type {import('@tsgi/core').Header[]} */
    const pairs = rawHeaders.flatMap((name, index) => (index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? '']] : []));
    report.head(`${response.statusCode} ${response.statusMessage}`, pairs);
    response.on('data', (chunk) => report.chunk(chunk));
    response.once('end', () => report.end());
    response.once('error', () =>
      report.fail(signal.aborted ? 'Stopped.' : 'Cut short: the answer ended before its end.'),
    );
  });
  sent.end(body);
}
