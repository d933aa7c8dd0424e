/**
 * Text as one line of a log: what a peer or an application sent must not forge a line, or drive a terminal (HAProxy
 * f495d48). C1 controls are among them: U+009B begins a sequence of its own.
 */
export function logLine(text: string): string {
  return text.replace(/[\0-\x1f\x7f-\x9f]/g, '?');
}

/** Text of several lines, such as what a program says: line feeds and tabs stay, and CRLF is one line feed. */
export function logLines(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(/[\0-\x08\x0b-\x1f\x7f-\x9f]/g, '?');
}

/** One entry of a log that may need several lines: those after the first are indented, so that none of them passes for one. */
export function logEntry(text: string): string {
  return logLines(text).replace(/\n(?! )/g, '\n    ');
}
