/** What the application needs, and what ends with it: programs that it forwards to. */
export interface Behind {
  /** At SIGHUP. */
  reload(): void;
  /** All requests are over. */
  close(): Promise<void>;
}
