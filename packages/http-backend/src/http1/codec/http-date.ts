let text = '';
let until = 0;

/** The value of a Date header; made once a second, for making it costs more than the rest of a small head. */
export function httpDate(): string {
  const now = Date.now();
  if (now >= until || now < until - 1_000) {
    until = now - (now % 1_000) + 1_000;
    text = new Date(now).toUTCString();
  }
  return text;
}
