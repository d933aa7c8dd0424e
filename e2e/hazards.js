// What has brought a front end down: lines on `tsgi.errors`, each of as many bytes as the query says, its end among them.

/** @type {import('@tsgi/core').App} */
export default function hazards(environ, startResponse) {
  for (const bytes of new URLSearchParams(environ.QUERY_STRING).getAll('bytes')) {
    environ['tsgi.errors'].write(`${'l'.repeat(Number(bytes) - 1)}\n`);
  }
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [new TextEncoder().encode('logged')];
}
