import { element } from './element.js';

/** @typedef {import('./answer-stream.js').OutgoingRequest} OutgoingRequest */

/**
 * A request to try: what the form is filled with.
 *
 * @typedef {{ title: string, method?: string, path: string, query?: string, headers?: string, body?: string, file?: File }} Preset
 */

const USUAL_HEADERS = 'Accept: text/plain\nUser-Agent: the TSGI demo';

/** @returns {Preset[]} */
export const presets = () => [
  { title: 'Hello', path: '/hello/you' },
  { title: 'Bytes in the path', path: '/Füße %2F und %FF', query: 'q=grün&again=?' },
  {
    title: 'Repeated headers',
    path: '/',
    headers: `${USUAL_HEADERS}\nCookie: theme=dark\nCookie: lang=de\nX-Tag: one\nX-Tag: two\nX_Tag: spoofed\nProxy: http://evil.example`,
  },
  {
    title: 'Post a form',
    method: 'POST',
    path: '/echo',
    headers: `${USUAL_HEADERS}\nContent-Type: application/x-www-form-urlencoded`,
    body: 'name=Ada&language=TypeScript',
  },
  {
    title: 'Upload a file',
    method: 'PUT',
    path: '/upload',
    headers: `${USUAL_HEADERS}\nContent-Type: application/octet-stream`,
    file: new File([new Uint8Array(1024 * 1024)], 'a-mebibyte-of-nothing.bin'),
  },
  { title: 'A streamed answer', path: '/stream' },
  { title: 'Fails in time', path: '/errors/replaced' },
  { title: 'Fails half-way', path: '/errors/after' },
];

/**
 * Percent-encodes what no request target can hold, and only that: what the visitor encoded stays as it is.
 *
 * @param {string} text
 * @param {RegExp} delimiters that would end this part of the target
 */
const encodeTarget = (text, delimiters) =>
  encodeURI(text.replace(/[\ud800-\udfff]/gu, '\ufffd'))
    .replace(/%25(?=[0-9a-f]{2})/gi, '%')
    .replace(delimiters, (character) => encodeURIComponent(character));

/** The form: reads a request out of it, fills presets into it, shows the request line while it is typed. */
export class RequestForm {
  #form;
  #requestLine;
  #removeFile;
  /** @type {File | undefined} */
  #file;

  /**
   * @param {HTMLFormElement} form
   * @param {() => void} onPreset called when a preset was chosen
   */
  constructor(form, onPreset) {
    this.#form = form;
    this.#requestLine = /** @type {HTMLElement} */ (form.querySelector('#request-line'));
    this.#removeFile = /** @type {HTMLButtonElement} */ (form.querySelector('#remove-file'));
    form.addEventListener('input', () => this.#takeFile());
    this.#removeFile.addEventListener('click', () => {
      this.#control('file').value = '';
      this.#setFile(undefined);
    });
    for (const preset of presets()) {
      const button = element('button', { type: 'button' }, preset.title);
      button.addEventListener('click', () => {
        this.fill(preset);
        onPreset();
      });
      form.querySelector('#presets')?.append(button);
    }
  }

  /** @param {Preset} preset */
  fill({ method = 'GET', path, query = '', headers = USUAL_HEADERS, body = '', file }) {
    for (const [name, value] of Object.entries({ method, path, query, headers, body, file: '' })) {
      this.#control(name).value = value;
    }
    this.#setFile(file);
  }

  /** @returns {OutgoingRequest} */
  read() {
    const query = encodeTarget(this.#control('query').value, /#/g);
    const path = encodeTarget(this.#control('path').value, /[?#]/g);
    return {
      method: this.#control('method').value,
      target: query === '' ? path : `${path}?${query}`,
      headers: this.#control('headers')
        .value.split('\n')
        .filter((line) => line.trim() !== '')
        .map((line) => {
          const colon = line.indexOf(':');
          // A line without a colon is sent as a name without a value: what becomes of it is for the wires to say.
          return colon < 0 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1).trim()];
        }),
      body: this.#file ?? new Blob([this.#control('body').value]),
    };
  }

  #takeFile() {
    const chosen = /** @type {HTMLInputElement} */ (this.#control('file')).files?.[0];
    this.#setFile(chosen ?? this.#file);
  }

  /** @param {File | undefined} file */
  #setFile(file) {
    this.#file = file;
    const body = /** @type {HTMLTextAreaElement} */ (this.#control('body'));
    body.disabled = file !== undefined;
    body.placeholder = file === undefined ? '' : `${file.name}, ${file.size.toLocaleString('en')} bytes`;
    this.#removeFile.hidden = file === undefined;
    const { method, target } = this.read();
    this.#requestLine.textContent = `${method} ${target}`;
  }

  /** @param {string} name */
  #control(name) {
    return /** @type {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} */ (
      this.#form.elements.namedItem(name)
    );
  }
}
