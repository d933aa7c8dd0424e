/** A worker says what it serves to the process that writes the banner, which has not loaded the application. */
export function tellWhatIsServed(tsgiServes: string): void {
  if (!process.connected) return;
  process.send?.({ tsgiServes }, undefined, undefined, () => {
    // Nobody is there to hear it: the channel says so.
  });
}

export function whatIsServed(message: unknown): string | undefined {
  if (typeof message !== 'object' || message === null || !('tsgiServes' in message)) return undefined;
  return typeof message.tsgiServes === 'string' ? message.tsgiServes : undefined;
}
