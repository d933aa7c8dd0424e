const encoder = new TextEncoder();

/** Text as UTF-8. Node's `Buffer` takes small ones from a pool; elsewhere there may be none. */
export const encode: (text: string) => Uint8Array =
  typeof Buffer === 'undefined' ? (text) => encoder.encode(text) : (text) => Buffer.from(text);
