/** One accepted connection, as the wire's backend drives it. */
export interface Connection {
  /**
   * The server ends: no further request is begun; close when what runs is done, at once when nothing runs. A request of
   * which bytes have arrived counts as running: its sender cannot know that the server was about to end.
   */
  shutDown(): void;
  /** The grace is over: abort what runs and close. */
  destroy(): void;
}
