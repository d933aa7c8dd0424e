import { AnswerCard } from './answer-card.js';
import { sendOverAllWires } from './answer-stream.js';
import { compareEnvirons, verdict } from './comparison.js';
import { RequestForm, presets } from './request-form.js';
import { WIRES } from './wires.js';

/** @param {string} id */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

const sendButton = /** @type {HTMLButtonElement} */ (byId('send'));
const stopButton = /** @type {HTMLButtonElement} */ (byId('stop'));
/** @type {AbortController | undefined} */
let running;

/** @returns {Map<string, AnswerCard>} */
function freshCards() {
  const cards = new Map(WIRES.map((wire) => [wire.id, new AnswerCard(wire)]));
  byId('answers').replaceChildren(...Array.from(cards.values(), (card) => card.element));
  return cards;
}

/**
 * @param {Map<string, AnswerCard>} cards
 * @returns {{ keys: number, differing: number }}
 */
function showEnvirons(cards) {
  const { table, ...counts } = compareEnvirons(cards);
  byId('environ').replaceChildren(table);
  return counts;
}

/**
 * @param {Map<string, AnswerCard>} cards
 * @param {AbortSignal} signal
 */
async function collect(cards, signal) {
  try {
    for await (const event of sendOverAllWires(form.read(), signal)) {
      cards.get(event.wire)?.take(event);
      // The environs are known with the heads: no need to wait for the end of a long answer.
      if (event.event === 'head') showEnvirons(cards);
    }
  } catch (error) {
    const message = signal.aborted ? 'Stopped by you.' : error instanceof Error ? error.message : String(error);
    for (const card of cards.values()) if (card.state === 'waiting') card.fail(message);
  }
}

async function send() {
  running?.abort();
  const controller = new AbortController();
  running = controller;
  const cards = freshCards();
  byId('verdict').textContent = '';
  byId('fan').classList.add('busy');
  stopButton.disabled = false;
  await collect(cards, controller.signal);
  // A newer request has taken over: the cards of this one are gone from the page.
  if (running !== controller) return;
  stopButton.disabled = true;
  byId('fan').classList.remove('busy');
  const slowest = Math.max(...Array.from(cards.values(), ({ milliseconds }) => milliseconds), 0.1);
  for (const card of cards.values()) card.showShare(slowest);
  byId('verdict').textContent = verdict(cards, showEnvirons(cards));
}

/** On a phone the answers are below the form: what was asked for comes into view. */
function sendAndShow() {
  void send();
  const answers = byId('answers');
  if (answers.getBoundingClientRect().top > innerHeight * 0.75) answers.scrollIntoView();
}

const form = new RequestForm(/** @type {HTMLFormElement} */ (byId('request')), sendAndShow);
byId('request').addEventListener('submit', (event) => {
  event.preventDefault();
  sendAndShow();
});
byId('request').addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) sendAndShow();
});
stopButton.addEventListener('click', () => running?.abort());
sendButton.title = 'Ctrl and Enter sends too';

const [first] = presets();
if (first !== undefined) form.fill(first);
void send();
