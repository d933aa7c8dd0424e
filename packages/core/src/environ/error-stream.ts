import type { ErrorStream } from '../contract/contract.ts';

/**
 * Makes `tsgi.errors` of a function that takes text (R55). Lone surrogates are replaced, so that no text can make a
 * sink throw that encodes strictly (asgiref #529).
 */
export function createErrorStream(sink: (text: string) => void): ErrorStream {
  const write = (text: string): void => {
    if (typeof text !== 'string') throw new TypeError(`R55: tsgi.errors takes text, found ${typeof text}`);
    sink(text.toWellFormed());
  };
  return {
    write,
    writelines(texts) {
      for (const text of texts) write(text);
    },
    flush() {
      // A sink takes text at once: there is nothing to flush.
    },
  };
}
