import { showByteString } from './byte-text.js';
import { element } from './element.js';
import { WIRES } from './wires.js';

/** @typedef {import('./answer-card.js').AnswerCard} AnswerCard */

/**
 * @param {string} key
 * @param {unknown} value
 */
function showValue(key, value) {
  if (value === undefined) return element('i', { class: 'absent' }, 'absent');
  // A CGI variable is a byte string; an extension is described by the app in words or is data.
  if (typeof value === 'string') return key.includes('.') ? value : value === '' ? '(empty)' : showByteString(value);
  return JSON.stringify(value);
}

/**
 * Which of the values stand out: those that are not the one that most have. Where no value is that, all of them.
 *
 * @param {unknown[]} values
 * @returns {boolean[]}
 */
function oddOnes(values) {
  const texts = values.map((value) => JSON.stringify(value) ?? 'absent');
  const counts = texts.map((text) => texts.filter((other) => other === text).length);
  const most = Math.max(...counts);
  const usual = new Set(texts.filter((_, index) => counts[index] === most));
  return texts.map((text) => usual.size > 1 || !usual.has(text));
}

/**
 * The environs of the wires that answered, key by key: those that differ first.
 *
 * @param {Map<string, AnswerCard>} cards
 * @returns {{ table: HTMLElement, keys: number, differing: number }}
 */
export function compareEnvirons(cards) {
  const wires = WIRES.filter(({ id }) => cards.get(id)?.environ);
  if (wires.length === 0) {
    const text = 'No wire delivered a report: the app failed before its head.';
    return { table: element('p', { class: 'none' }, text), keys: 0, differing: 0 };
  }
  const environs = wires.map(({ id }) => cards.get(id)?.environ ?? {});
  const keys = [...new Set(environs.flatMap((environ) => Object.keys(environ)))].toSorted();
  /** @param {string} key */
  const isSame = (key) => new Set(environs.map((environ) => JSON.stringify(environ[key]))).size === 1;
  const differing = keys.filter((key) => !isSame(key));
  const same = keys.filter(isSame);

  const rows = [
    ...differing.map((key) => {
      const values = environs.map((environ) => environ[key]);
      const odd = oddOnes(values);
      return element(
        'tr',
        { class: 'differs', role: 'row' },
        element('th', { scope: 'row', role: 'rowheader' }, key),
        ...wires.map((wire, index) =>
          element(
            'td',
            { class: wire.id, role: 'cell', 'data-wire': wire.name },
            element(odd[index] ? 'mark' : 'span', {}, showValue(key, values[index])),
          ),
        ),
      );
    }),
    ...same.map((key) =>
      element(
        'tr',
        { role: 'row' },
        element('th', { scope: 'row', role: 'rowheader' }, key),
        element(
          'td',
          { colspan: String(wires.length), role: 'cell' },
          element('span', {}, showValue(key, environs[0]?.[key])),
        ),
      ),
    ),
  ];
  const head = element(
    'tr',
    { role: 'row' },
    element('th', { scope: 'col', role: 'columnheader' }, 'Key'),
    ...wires.map((wire) => element('th', { scope: 'col', role: 'columnheader', class: wire.id }, wire.name)),
  );
  const table = element(
    'table',
    { role: 'table', 'aria-labelledby': 'environ-title' },
    element('thead', { role: 'rowgroup' }, head),
    element('tbody', { role: 'rowgroup' }, ...rows),
  );
  return { table, keys: keys.length, differing: differing.length };
}

/** What the server that faces the client adds by itself; behind the other wires the web server does, which is not shown. */
const SERVERS_OWN = ['date', 'server', 'connection', 'keep-alive', 'transfer-encoding'];

/**
 * Marks the headers that not every answer has.
 *
 * @param {AnswerCard[]} cards
 * @returns {boolean} whether the app's headers are the same everywhere
 */
export function compareHeaders(cards) {
  let same = true;
  /** @param {[string, string]} header */
  const key = ([name, value]) => `${name.toLowerCase()}: ${value}`;
  const sets = cards.map(({ headers }) => new Set(headers.map(key)));
  for (const card of cards) {
    card.markHeaders((header) => {
      if (sets.every((set) => set.has(key(header)))) return 'same';
      if (SERVERS_OWN.includes(header[0].toLowerCase())) return 'own';
      same = false;
      return 'differs';
    });
  }
  return same;
}

/**
 * What the comparison comes to, in a sentence or two.
 *
 * @param {Map<string, AnswerCard>} cards
 * @param {{ keys: number, differing: number }} environ
 * @returns {string}
 */
export function verdict(cards, environ) {
  const answers = [...cards.values()];
  const failed = WIRES.filter(({ id }) => cards.get(id)?.state === 'failed').map(({ name }) => name);
  const whole = WIRES.filter(({ id }) => cards.get(id)?.state === 'complete').map(({ name }) => name);
  const sameHeaders = compareHeaders(answers.filter(({ status }) => status !== undefined));
  const differences = [];
  if (new Set(answers.map(({ status }) => status)).size > 1) differences.push('status');
  if (!sameHeaders) differences.push('headers');
  if (new Set(answers.map(({ digest }) => digest)).size > 1) differences.push('body');
  const same = differences.length === 0;
  const sentences = [
    same
      ? 'The same status, headers and body over all four wires.'
      : `The answers differ in ${differences.join(' and ')}.`,
    failed.length === 0 ? '' : failed.length === WIRES.length ? 'None is whole.' : `Not whole: ${failed.join(', ')}.`,
    same && failed.length > 0 && whole.length > 0 ? `${whole.join(' and ')} cannot tell.` : '',
    environ.keys === 0 ? '' : `Of the ${environ.keys} keys that the app was given, ${environ.differing} differ.`,
  ];
  return sentences.filter((sentence) => sentence !== '').join(' ');
}
