import { type Figures } from './figures.ts';
import { tellFigures } from './fleet.ts';

/** Milliseconds between two looks at whether there is something to tell. */
const INTERVAL = 1000;

/**
 * Tells the process that started this one what it counts: once a second where something has changed, so that what a worker
 * has counted that is killed is lost for a second at most.
 *
 * @returns what tells the last.
 */
export function keepTelling(figures: Figures): () => void {
  let told = '';
  const tell = (): void => {
    const snapshot = figures.snapshot();
    const { wires } = snapshot;
    const now = JSON.stringify(wires);
    if (now === told) return;
    told = now;
    tellFigures(snapshot);
  };
  tell();
  const timer = setInterval(tell, INTERVAL);
  timer.unref();
  return () => {
    clearInterval(timer);
    tell();
  };
}
