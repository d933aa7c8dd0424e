import type { App } from '../../contract.ts';
import { Exchange } from '../../exchange.ts';
import { probeEnviron } from './probe-environ.ts';
import { ProbeWriter } from './probe-writer.ts';
import type { Probe } from './probes.ts';

/** What came of one probe. */
export interface ProbeOutcome {
  /** What the run loop logged: an application that threw, and why. */
  readonly logged: readonly string[];
  /** There was no head when the time was up. */
  readonly noAnswer: boolean;
  /** The answer went on and on, and was left. */
  readonly wasLeft: boolean;
}

/** Milliseconds that a peer waits. */
export interface Patience {
  /** For the head. */
  readonly head: number;
  /** From the head to the end. */
  readonly body: number;
}

/** Milliseconds that an application may take to end after its peer left. */
const LEAVING = 2000;

/**
 * Calls an application as a server would, for a peer that behaves as the probe says. An answer that does not end is left
 * after a while, and so is an application that does not stop.
 */
export function runProbe(app: App, probe: Probe, patience: Patience): Promise<ProbeOutcome> {
  const { peer = 'patient' } = probe;
  const logged: string[] = [];
  let noAnswer = false;
  let wasLeft = false;
  return new Promise((resolve) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let hasLeft = false;
    const wait = (milliseconds: number, then: () => void): void => {
      clearTimeout(timer);
      timer = setTimeout(then, milliseconds);
    };
    const settle = (): void => {
      clearTimeout(timer);
      resolve({ logged, noAnswer, wasLeft });
    };
    const leave = (): void => {
      if (hasLeft) return;
      hasLeft = true;
      wait(LEAVING, settle);
      exchange.abort();
    };
    const leaveStream = (): void => {
      wasLeft = true;
      leave();
    };
    const writer = new ProbeWriter({ peer, onHead: () => wait(patience.body, leaveStream), leave, finished: settle });
    const exchange = new Exchange(
      app,
      probeEnviron(probe, (text) => logged.push(text)),
      writer,
    );
    wait(patience.head, () => {
      noAnswer = true;
      leave();
    });
    exchange.run();
    if (peer === 'leaves early') leave();
  });
}
