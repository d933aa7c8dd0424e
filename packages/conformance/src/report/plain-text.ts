/**
 * Control characters, and what turns the direction of text: what a server answered must neither command the terminal (U+009B
 * begins a sequence as ESC [ does) nor look like something else.
 */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]|\p{Cs}/gu;

/** One line of text for a terminal: what cannot be shown is written as JSON writes it. */
export function plainText(text: string): string {
  return text.replaceAll(UNPRINTABLE, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The same as Markdown that shows exactly this text: no markup, no HTML, no end of a table's cell. */
export function markdownText(text: string): string {
  return plainText(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[\\`*_[\]|~]/g, '\\$&');
}
