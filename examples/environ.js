import { byteStringToText } from '@tsgi/core';

/**
 * A value of the environ as JSON can hold it. CGI variables are byte strings, mostly of UTF-8 text; extensions are
 * shown when they are data and named when they are not.
 *
 * @param {unknown} value
 * @returns {unknown}
 */
function presentable(value) {
  if (typeof value === 'string') return byteStringToText(value);
  if (typeof value === 'boolean' || Array.isArray(value)) return value;
  return typeof value === 'function' ? '(function)' : '(object)';
}

/** @type {import('@tsgi/core').App} */
export default function showEnviron(environ, startResponse) {
  // Object.fromEntries defines properties, it does not assign them: a variable named __proto__ is just a key (R20).
  const report = Object.fromEntries(
    Object.keys(environ)
      .toSorted()
      .map((key) => [key, presentable(environ[key])]),
  );
  startResponse('200 OK', [['Content-Type', 'application/json']]);
  return [new TextEncoder().encode(`${JSON.stringify(report, null, 2)}\n`)];
}
