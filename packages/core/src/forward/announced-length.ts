import type { Bytes, Header } from '../contract/contract.ts';

/** Holds the body of a CGI response to the length that its head announces, where a body follows at all. */
export class AnnouncedLength {
  #missing: number | undefined;

  /** Bytes that were announced and that have not come; `undefined` when none were. */
  get missing(): number | undefined {
    return this.#missing;
  }

  expect(method: string, status: string, headers: readonly Header[]): void {
    if (method === 'HEAD' || status.startsWith('204') || status.startsWith('304')) return;
    const header = headers.find(([name]) => name.toLowerCase() === 'content-length');
    if (header !== undefined) this.#missing = Number(header[1]);
  }

  /** What of `chunk` belongs to the body: what comes beyond its Content-Length is nobody's (R80). */
  take(chunk: Bytes): Bytes {
    if (this.#missing === undefined) return chunk;
    const taken = chunk.byteLength > this.#missing ? chunk.subarray(0, this.#missing) : chunk;
    this.#missing -= taken.byteLength;
    return taken;
  }
}
