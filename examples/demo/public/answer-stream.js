/**
 * One thing that happened on one wire, as the front server reports it, `ms` after the request was sent on it. A chunk far
 * into a long body comes without its bytes; `sha256` is of the whole body, as far as it arrived.
 *
 * @typedef {{ wire: string, ms: number } & (
 *   | { event: 'head', status: string, headers: [string, string][], environ: Record<string, unknown> | null, process: string | null }
 *   | { event: 'chunk', size: number, base64?: string }
 *   | { event: 'end', sha256: string }
 *   | { event: 'error', message: string, sha256?: string }
 * )} AnswerEvent
 *
 * @typedef {{ method: string, target: string, headers: [string, string][], body: Blob }} OutgoingRequest
 */

/**
 * Sends the request to the front server, which sends it on over every wire, and gives the events as they arrive: one
 * line of JSON each.
 *
 * @param {OutgoingRequest} request
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<AnswerEvent>}
 */
export async function* sendOverAllWires({ method, target, headers, body }, signal) {
  // The first line says what to send; all behind it is the body, as it is.
  const description = `${JSON.stringify({ method, target, headers })}\n`;
  const response = await fetch('/send', {
    method: 'POST',
    headers: { 'Content-Type': 'application/octet-stream' },
    body: new Blob([description, body]),
    signal,
  });
  if (!response.ok || response.body === null) throw new Error((await response.text()) || `${response.status}`);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + value).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield JSON.parse(line);
  }
}
