import { copyEnviron, shiftPathInfo, standInFor } from '@tsgi/core';
import showEnviron from './environ.js';
import hello from './hello.js';

/**
 * @typedef {import('@tsgi/core').App} App
 * @typedef {import('@tsgi/core').Body} Body
 */

/**
 * Logs each request when its response is over: the status is caught on its way out. `standInFor` says that this `startResponse`
 * only watches, so that upgrades go through (R91).
 *
 * @param {App} app
 * @returns {App}
 */
export function logged(app) {
  return (environ, startResponse) => {
    const started = performance.now();
    let status = '(no answer)';
    environ['tsgi.after_response'].push(() => {
      const elapsed = (performance.now() - started).toFixed(1);
      environ['tsgi.errors'].write(`${environ.REQUEST_METHOD} ${environ.REQUEST_URI} ${status} ${elapsed} ms\n`);
    });
    /** @type {import('@tsgi/core').StartResponse} */
    const watching = (newStatus, headers, excInfo) => {
      const write = startResponse(newStatus, headers, excInfo);
      status = newStatus;
      return write;
    };
    return app(environ, standInFor(watching, startResponse));
  };
}

/**
 * The body of another app, chunk by chunk in capitals. Whoever replaces a body closes the original (R17).
 *
 * @param {Body} body
 * @returns {Body}
 */
function upperCaseBody(body) {
  async function* chunks() {
    for await (const chunk of body) yield chunk.map((byte) => (byte >= 0x61 && byte <= 0x7a ? byte - 0x20 : byte));
  }
  return Object.assign(chunks(), { close: () => body.close?.() });
}

/**
 * @param {App} app
 * @returns {App}
 */
export function upperCase(app) {
  return async (environ, startResponse) => upperCaseBody(await app(environ, startResponse));
}

/** @type {App} */
function notFound(_environ, startResponse) {
  startResponse('404 Not Found', [['Content-Type', 'text/plain; charset=utf-8']]);
  return [new TextEncoder().encode('Nothing is mounted here.\n')];
}

/**
 * Serves several apps below one path each. An app sees its mount in SCRIPT_NAME and the rest in PATH_INFO, and may itself
 * mount others.
 *
 * @param {Record<string, App>} apps by the first segment of the path
 * @param {App} [otherwise] for every other path, with the environ as it came
 * @returns {App}
 */
export function mount(apps, otherwise = notFound) {
  const table = new Map(Object.entries(apps));
  return (environ, startResponse) => {
    const inner = copyEnviron(environ);
    const app = table.get(shiftPathInfo(inner) ?? '');
    return app === undefined ? otherwise(environ, startResponse) : app(inner, startResponse);
  };
}

export default logged(mount({ hello, environ: showEnviron, loud: upperCase(hello) }));
