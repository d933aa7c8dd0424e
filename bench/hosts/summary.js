// What became of the requests of a run, lane by lane.
import { LANES } from './scene.js';

function percentile(sorted, part) {
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0);
}

/**
 * @param records the client's, one for each request.
 * @param begun lines `METHOD id`, one each time that an application began a request.
 * @param again by lane: how many requests a front end says that it has sent to more than one host.
 */
export function summary(records, begun, again) {
  const times = new Map();
  for (const line of begun) times.set(line, (times.get(line) ?? 0) + 1);
  const isTwice = ({ method, id }) => (times.get(`${method} ${id}`) ?? 0) > 1;
  return Object.keys(LANES).map((lane) => {
    const own = records.filter((record) => record.lane === lane);
    const lost = own.filter(({ outcome }) => outcome !== '200');
    const took = own.map((record) => record.took).toSorted((a, b) => a - b);
    const outcomes = {};
    for (const { outcome } of lost) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    return {
      lane,
      sent: own.length,
      answered: own.length - lost.length,
      sentAgain: again[lane] ?? (lane.startsWith('tsgi') ? undefined : 0),
      begunTwice: own.filter(isTwice).length,
      postsTwice: own.filter((record) => record.method === 'POST' && isTwice(record)).length,
      lostGets: lost.filter(({ method }) => method === 'GET').length,
      lostPosts: lost.filter(({ method }) => method === 'POST').length,
      p50: percentile(took, 0.5),
      p99: percentile(took, 0.99),
      slowest: Math.round(took.at(-1) ?? 0),
      outcomes,
    };
  });
}

/** A POST that was inside what was killed or cut off cannot be sent again by anybody: it may have been done. `abrupt` shows what is lost. */
const MAY_LOSE_POSTS = ['killed', 'worker', 'cut off', 'abrupt'];

/** Lines about what was lost, or done twice, and should not be. */
export function unexpected({ fault, lanes }) {
  return lanes.flatMap(({ lane, lostGets, lostPosts, postsTwice }) => [
    ...(lostGets > 0 ? [`${fault}: ${lane} lost ${lostGets} GETs`] : []),
    ...(lostPosts > 0 && !MAY_LOSE_POSTS.includes(fault) ? [`${fault}: ${lane} lost ${lostPosts} POSTs`] : []),
    ...(postsTwice > 0 ? [`${fault}: ${lane} had ${postsTwice} POSTs begun twice`] : []),
  ]);
}
