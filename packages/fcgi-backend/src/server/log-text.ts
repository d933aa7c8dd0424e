/**
 * Text that goes into somebody's log: control characters but TAB and LF become `?`, so that no request can forge a line
 * or drive a terminal (HAProxy f495d48).
 */
export function withoutControls(text: string): string {
  return text.replace(/[\0-\x08\x0b-\x1f\x7f-\x9f]/g, '?');
}
