/** The milliseconds that one request may spend on connecting, to however many targets. */
export class ConnectTime {
  #left: number;
  #share: number;

  /** @param connectTimeout for all attempts together. */
  constructor(connectTimeout: number) {
    this.#left = connectTimeout;
    this.#share = connectTimeout;
  }

  /** How long the next attempt may take. */
  get share(): number {
    return this.#share;
  }

  /**
   * Before an attempt: half of what is left, so that there is time for others as long as there are any.
   *
   * @returns whether there is time for it at all. Less than a millisecond is none.
   */
  divide(hasOthers: boolean): boolean {
    this.#share = Math.ceil(hasOthers ? this.#left / 2 : this.#left);
    return this.#left >= 1;
  }

  /** An attempt has failed after so many milliseconds. */
  spend(milliseconds: number): void {
    this.#left -= milliseconds;
  }
}
