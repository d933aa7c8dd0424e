/**
 * A log that cannot fail its writer: what `errors` throws is dropped, and so is a promise of its that rejects. Nothing about a
 * log may reach a request, a connection or the process.
 */
export function unfailing(errors: (text: string) => unknown): (text: string) => void {
  return (text) => {
    try {
      const result = errors(text);
      if (result instanceof Promise) result.catch(ignore);
    } catch {
      // There is nowhere left to say it.
    }
  };
}

function ignore(): void {
  // As above.
}
