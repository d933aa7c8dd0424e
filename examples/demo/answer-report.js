import { createHash } from 'node:crypto';
import { takeEvidence } from './evidence.js';

/** Bytes of a body that are sent to the page; the rest is counted there, not shown. */
const SHOWN = 128 * 1024;

/** Turns what happens on one wire into the events of the page, each with its time since the request was sent. */
export class AnswerReport {
  #wire;
  #emit;
  #started = performance.now();
  #hash = createHash('sha256');
  #size = 0;
  #ended = false;
  /** @type {() => void} */
  #resolveBegun = () => {};
  /** @type {() => void} */
  #resolveEnded = () => {};
  /** Resolves with the head of the answer, or when there will be none. */
  begun = new Promise((resolve) => {
    this.#resolveBegun = () => resolve(undefined);
  });
  /** Resolves when the answer has ended, well or not. */
  ended = new Promise((resolve) => {
    this.#resolveEnded = () => resolve(undefined);
  });

  /**
   * @param {string} wire
   * @param {(event: object) => void} emit
   */
  constructor(wire, emit) {
    this.#wire = wire;
    this.#emit = emit;
  }

  /**
   * @param {string} status
   * @param {readonly import('@tsgi/core').Header[]} headers
   */
  head(status, headers) {
    this.#send({ event: 'head', status, ...takeEvidence(headers) });
    this.#resolveBegun();
  }

  /** @param {Uint8Array} bytes */
  chunk(bytes) {
    this.#hash.update(bytes);
    const shown = this.#size < SHOWN ? Buffer.from(bytes.subarray(0, SHOWN)).toString('base64') : undefined;
    this.#size += bytes.length;
    this.#send({ event: 'chunk', size: bytes.length, base64: shown });
  }

  end() {
    this.#send({ event: 'end', sha256: this.#hash.copy().digest('hex') });
    this.#finish();
  }

  /** @param {string} message */
  fail(message) {
    this.#send({ event: 'error', message, sha256: this.#hash.copy().digest('hex') });
    this.#finish();
  }

  /** @param {object} event */
  #send(event) {
    if (this.#ended) return;
    const ms = Math.round((performance.now() - this.#started) * 100) / 100;
    this.#emit({ wire: this.#wire, ms, ...event });
  }

  #finish() {
    this.#ended = true;
    this.#resolveBegun();
    this.#resolveEnded();
  }
}
