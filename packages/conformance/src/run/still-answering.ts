import { setTimeout as delay } from 'node:timers/promises';
import { checkTarget } from './preflight.ts';
import type { CaseResult } from './run-case.ts';
import type { Target } from '../wires/target.ts';

/** A server that stopped answering while it was judged. */
export interface Stop {
  /** The case that failed when it stopped; undefined when it stopped between two. */
  readonly during?: string;
  /** The last case that it answered; undefined when it answered none. */
  readonly after?: string;
  /** Cases that ran beside it: it may have been one of these. */
  readonly beside: readonly string[];
  /** What became of asking it again. */
  readonly problem: string;
}

/** A server that is started again by its supervisor is back by then. */
const SECOND_CHANCE_MS = 1000;

/**
 * Watches whether the server under test still answers: each case that fails may have been its end, and hundreds of cases that
 * cannot even connect say nothing more. Wires of others are asked through their client; a CGI program is run once more.
 */
export class StillAnswering {
  readonly #target: Target;
  readonly #running = new Set<string>();
  #last: string | undefined;
  #stop: Stop | undefined;

  constructor(target: Target) {
    this.#target = target;
  }

  /** Set from when it is known that nobody answers. */
  get stop(): Stop | undefined {
    return this.#stop;
  }

  started(name: string): void {
    this.#running.add(name);
  }

  /** After each case; asks the server when it failed. */
  async ended({ name, outcome, unreachable }: CaseResult): Promise<void> {
    if (outcome !== 'failed') {
      this.#running.delete(name);
      this.#last = name;
      return;
    }
    const last = this.#last;
    const beside = [...this.#running].filter((other) => other !== name);
    const problem = await this.#whyNoAnswer();
    this.#running.delete(name);
    if (problem === undefined) this.#last = name;
    else {
      this.#stop ??= {
        ...(unreachable === true ? undefined : { during: name }),
        ...(last === undefined ? undefined : { after: last }),
        beside: unreachable === true ? beside.filter((other) => other !== name) : beside,
        problem,
      };
    }
  }

  async #whyNoAnswer(): Promise<string | undefined> {
    const first = await whyNot(this.#target);
    if (first === undefined) return undefined;
    await delay(SECOND_CHANCE_MS);
    return whyNot(this.#target);
  }
}

async function whyNot(target: Target): Promise<string | undefined> {
  try {
    await checkTarget(target);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
