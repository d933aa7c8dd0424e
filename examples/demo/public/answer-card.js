import { chunkReader, showByteString, showSize, showTime } from './byte-text.js';
import { element } from './element.js';

/** @typedef {import('./answer-stream.js').AnswerEvent} AnswerEvent */

/** A body of more chunks is counted to its end but shown only so far: the page has to stay quick. */
const CHUNKS_SHOWN = 300;

/** One wire's column: it shows the events of its answer as they come, and keeps the answer for the comparison. */
export class AnswerCard {
  /** @type {HTMLElement} */
  element;
  /** @type {string | undefined} */
  status;
  /** @type {[string, string][]} */
  headers = [];
  /** @type {Record<string, unknown> | null} */
  environ = null;
  /** @type {'waiting' | 'complete' | 'failed'} */
  state = 'waiting';
  /** SHA-256 of the body, for the comparison. */
  digest = '';
  milliseconds = 0;
  #bytes = 0;
  #chunks = 0;
  #readChunk = chunkReader();
  /** @type {string | null} */
  #process = null;
  #status = element('p', { class: 'status' });
  #facts = element('p', { class: 'facts' });
  #bar = element('span', { class: 'bar', 'aria-hidden': 'true' });
  #headers = element('dl', { class: 'headers' });
  #size = element('span', { class: 'size' });
  #chunksShown = element('ol', { class: 'chunks' });
  #error = element('p', { class: 'error', role: 'alert' });

  /** @param {import('./wires.js').Wire} wire */
  constructor(wire) {
    this.#error.hidden = true;
    this.element = element(
      'article',
      { class: `card ${wire.id}`, 'aria-labelledby': `wire-${wire.id}` },
      element('h3', { id: `wire-${wire.id}` }, wire.name),
      element('p', { class: 'sentence' }, wire.sentence),
      element('div', { class: 'result' }, this.#status, this.#facts, this.#bar, this.#error),
      element('h4', {}, 'Headers'),
      this.#headers,
      element('h4', {}, 'Body ', this.#size),
      element(
        'div',
        { class: 'body', tabindex: '0', role: 'region', 'aria-label': `Body of the ${wire.name} answer` },
        this.#chunksShown,
      ),
    );
    this.#status.textContent = 'waiting …';
    this.element.dataset.state = this.state;
  }

  /** @param {AnswerEvent} event */
  take(event) {
    this.milliseconds = event.ms;
    if (event.event === 'head') this.#takeHead(event);
    else if (event.event === 'chunk') this.#takeChunk(event);
    else {
      this.digest = event.sha256 ?? '';
      if (event.event === 'end') this.#finish('complete');
      else this.fail(event.message);
    }
  }

  /** @param {string} message */
  fail(message) {
    this.#error.textContent = message;
    this.#error.hidden = false;
    if (this.status === undefined) this.#status.textContent = 'no answer';
    this.#finish('failed');
  }

  /** @param {number} slowest milliseconds of the slowest wire */
  showShare(slowest) {
    this.#bar.style.setProperty('--share', String(this.milliseconds / slowest));
  }

  /** @param {(header: [string, string]) => 'same' | 'differs' | 'own'} judge */
  markHeaders(judge) {
    for (const [index, header] of this.headers.entries()) {
      const judgement = judge(header);
      const shown = this.#headers.children[index];
      if (judgement !== 'same') shown?.classList.add(judgement);
      if (judgement === 'own') shown?.append(element('dd', { class: 'note' }, ' the server’s own'));
    }
  }

  /** @param {Extract<AnswerEvent, { event: 'head' }>} head */
  #takeHead(head) {
    this.status = head.status;
    this.headers = head.headers;
    this.environ = head.environ;
    this.#status.textContent = showByteString(head.status);
    this.#process = head.process;
    this.#showFacts(`head after ${showTime(head.ms)}`);
    this.#headers.replaceChildren(
      ...head.headers.map(([name, value]) =>
        element('div', {}, element('dt', {}, showByteString(name)), element('dd', {}, showByteString(value))),
      ),
    );
    if (head.headers.length === 0) this.#headers.replaceChildren(element('p', { class: 'none' }, 'none'));
    this.element.dataset.state = 'streaming';
    this.element.dataset.class = head.status.slice(0, 1);
  }

  /** @param {Extract<AnswerEvent, { event: 'chunk' }>} chunk */
  #takeChunk({ size, base64, ms }) {
    this.#bytes += size;
    this.#chunks += 1;
    this.#size.textContent = `${showSize(this.#bytes)} in ${this.#chunks} ${this.#chunks === 1 ? 'chunk' : 'chunks'}`;
    if (base64 === undefined || this.#chunks > CHUNKS_SHOWN) {
      this.#chunksShown.dataset.more = 'and more, counted but not shown';
      return;
    }
    const text = this.#readChunk(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));
    this.#chunksShown.append(
      element('li', {}, element('span', { class: 'at' }, showTime(ms)), element('pre', {}, text.replace(/\n$/, ''))),
    );
    this.#chunksShown.parentElement?.scrollTo(0, this.#chunksShown.scrollHeight);
  }

  /** @param {'complete' | 'failed'} state */
  #finish(state) {
    this.state = state;
    this.element.dataset.state = state;
    if (this.#chunks === 0) this.#size.textContent = 'empty';
    this.#showFacts(`${showTime(this.milliseconds)} in all`);
  }

  /** @param {string} timing */
  #showFacts(timing) {
    this.#facts.replaceChildren(timing);
    if (this.#process !== null) this.#facts.append(element('br'), this.#process);
  }
}
