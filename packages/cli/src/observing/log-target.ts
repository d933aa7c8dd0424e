/** Takes bytes, whole lines of them. */
export interface LogTarget {
  /** Of one write, so that lines of several processes do not mix; `undefined`: as many as there are. */
  readonly atomic: number | undefined;
  /** Why it could not be opened, if nothing can be written so far. */
  readonly failure?: Error | undefined;
  /** @param done gets what went wrong, and what was not written of them; until then they must not change. */
  write(bytes: Uint8Array, done: (error: Error | undefined, rest: Uint8Array) => void): void;
  /** Without waiting for anybody, for the end of the process. Gives back what was not written. */
  writeNow(bytes: Uint8Array): Uint8Array;
  /** A file of the same name is opened anew. */
  reopen(): void;
  close(): void;
}
