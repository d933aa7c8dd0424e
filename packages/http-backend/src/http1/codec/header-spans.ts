import { found } from './llhttp.ts';

/**
 * The headers that llhttp just found in whole lines: names and values, alternating.
 *
 * @param text the bytes as a string; a substring of it costs no copy, and one `latin1Slice` for all of them is several
 *   times cheaper than one for each.
 * @param base where in `text` llhttp began.
 */
export function readHeaders(text: string, base: number): string[] {
  const { spans, length } = found;
  const headers: string[] = [];
  for (let index = 0; index < length; index += 6) {
    // Whole lines give a name and a value in turn. llhttp trims in front of a value, not behind it (RFC 9110 §5.5).
    const start = base + (spans[index + 4] as number);
    let end = base + (spans[index + 5] as number);
    while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1;
    headers.push(
      text.substring(base + (spans[index + 1] as number), base + (spans[index + 2] as number)),
      text.substring(start, end),
    );
  }
  return headers;
}

function isBlank(character: number): boolean {
  return character === 0x20 || character === 0x09;
}
