import { once } from 'node:events';
import type { Header } from '@tsgi/core';

/** Prints an answer on standard output as `curl -i` does. */
export const answerPrinter = {
  head(status: string, headers: readonly Header[]): void {
    const lines = [`HTTP/1.1 ${status}`, ...headers.map(([name, value]) => `${name}: ${value}`)];
    process.stdout.write(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  },

  /** Resolves when standard output takes more. */
  async body(chunk: Uint8Array): Promise<void> {
    if (!process.stdout.write(chunk)) await once(process.stdout, 'drain');
  },
};
