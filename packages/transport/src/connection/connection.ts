/** One accepted connection, as the wire's backend drives it. */
export interface Connection {
  /**
   * Another server takes over: the next request is the last, and its answer says so where the wire can. Nothing is closed for
   * being idle, since a request may be on its way; `shutDown` follows when none has come in time. A wire whose connections
   * carry one request has nothing to do.
   */
  retire?(): void;
  /**
   * The server ends: no further request is begun; close when what runs is done, at once when nothing runs. A request of
   * which bytes have arrived counts as running: its sender cannot know that the server was about to end.
   */
  shutDown(): void;
  /** The grace is over: abort what runs and close. */
  destroy(): void;
}
