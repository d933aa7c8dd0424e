import type { App } from '../../contract/contract.ts';
import { Exchange } from '../../run/exchange.ts';
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
  /** The application had not ended when the time after its peer had left was up. */
  readonly stayed: boolean;
}

/** Milliseconds that a peer waits. */
export interface Patience {
  /** For the head. */
  readonly head: number;
  /** From the head to the end. */
  readonly body: number;
  /** For the application to end after its peer has left. */
  readonly leaving: number;
}

/**
 * Calls an application as a server would, for a peer that behaves as the probe says. An answer that does not end is left
 * after a while, and so is an application that does not stop.
 */
export function runProbe(app: App, probe: Probe, patience: Patience): Promise<ProbeOutcome> {
  const { peer = 'patient' } = probe;
  const logged: string[] = [];
  let noAnswer = false;
  let wasLeft = false;
  let stayed = false;
  return new Promise((resolve) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let hasLeft = false;
    const wait = (milliseconds: number, then: () => void): void => {
      clearTimeout(timer);
      timer = setTimeout(then, milliseconds);
    };
    const settle = (): void => {
      clearTimeout(timer);
      resolve({ logged, noAnswer, wasLeft, stayed });
    };
    const leave = (): void => {
      if (hasLeft) return;
      hasLeft = true;
      wait(patience.leaving, () => {
        stayed = true;
        settle();
      });
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
