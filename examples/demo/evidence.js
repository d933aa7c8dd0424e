// How the page learns what an app was called with: the app's answer carries its own environ, in a header.

/**
 * @typedef {import('@tsgi/core').App} App
 * @typedef {import('@tsgi/core').Environ} Environ
 * @typedef {import('@tsgi/core').Header} Header
 */

const ENVIRON_HEADER = 'Demo-Environ';
const PROCESS_HEADER = 'Demo-Process';

/** The keys that are accessors: they are named without being read, for reading makes an AbortSignal (design: environ). */
const ACCESSORS = ['tsgi.signal', 'tsgi.after_response', 'tsgi.early_hints'];

let served = 0;

/** @param {Environ} environ */
function report(environ) {
  /** @type {[string, unknown][]} */
  const entries = Object.keys(environ).map((key) => {
    const value = environ[key];
    if (typeof value === 'string' || typeof value === 'boolean' || Array.isArray(value)) return [key, value];
    return [key, typeof value === 'function' ? 'a function' : 'an object'];
  });
  for (const key of ACCESSORS) if (key in environ) entries.push([key, 'made when it is first read']);
  // A header holds no more than printable ASCII safely; JSON can say everything in it.
  return JSON.stringify(Object.fromEntries(entries)).replace(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/**
 * Adds to every answer of an app what it was called with, and by which process.
 *
 * @param {App} app
 * @returns {App}
 */
export function withEvidence(app) {
  return (environ, startResponse) => {
    served += 1;
    /** @type {Header[]} */
    const evidence = [
      [ENVIRON_HEADER, report(environ)],
      [
        PROCESS_HEADER,
        environ['tsgi.run_once']
          ? `process ${process.pid}, for this request alone`
          : `process ${process.pid}, which stays`,
      ],
    ];
    return app(environ, (status, headers, excInfo) => startResponse(status, [...headers, ...evidence], excInfo));
  };
}

/**
 * Takes the evidence out of an answer's headers again.
 *
 * @param {readonly Header[]} headers
 * @returns {{ headers: Header[], environ: Record<string, unknown> | null, process: string | null }}
 */
export function takeEvidence(headers) {
  /** @param {string} wanted */
  const find = (wanted) => headers.find(([name]) => name.toLowerCase() === wanted.toLowerCase())?.[1];
  const environ = find(ENVIRON_HEADER);
  return {
    headers: headers.filter(([name]) => !/^demo-(?:environ|process)$/i.test(name)),
    environ: environ === undefined ? null : JSON.parse(environ),
    process: find(PROCESS_HEADER) ?? null,
  };
}
