import { readFileSync } from 'node:fs';

/**
 * A block of code as a reader finds it in docs/: the n-th in this language below these headings, each inside the one before.
 *
 * @throws Error when the page has none there: a recipe that was renamed is a recipe that nobody tests.
 */
export function recipe(page: string, headings: readonly string[], language: string, index = 0): string {
  let text = readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8');
  for (const heading of headings) text = below(page, text, heading);
  const blocks = [...text.matchAll(/^```(\w*)\n([^]*?)^```$/gm)].filter(([, found]) => found === language);
  const block = blocks[index]?.[2];
  if (block === undefined)
    throw new Error(`docs/${page}: no block ${index} of ${language} below ${headings.join(' / ')}`);
  return block;
}

function below(page: string, text: string, heading: string): string {
  const level = levelOf(heading);
  const lines = text.split('\n');
  let isCode = false;
  let start = -1;
  let end: number | undefined;
  for (const [at, line] of lines.entries()) {
    // A comment in a block of code looks like a heading.
    if (line.startsWith('```')) isCode = !isCode;
    else if (isCode) continue;
    else if (start < 0) start = line === heading ? at : -1;
    else if (levelOf(line) > 0 && levelOf(line) <= level) {
      end = at;
      break;
    }
  }
  if (start < 0) throw new Error(`docs/${page} has no heading "${heading}"`);
  return lines.slice(start + 1, end).join('\n');
}

/** 0 for what is no heading. */
function levelOf(line: string): number {
  return /^#+(?= )/.exec(line)?.[0].length ?? 0;
}

/** The recipe with other places in it; each has to be there. */
export function adapted(text: string, places: Readonly<Record<string, string>>): string {
  let adaptedText = text;
  for (const [place, instead] of Object.entries(places)) {
    if (!adaptedText.includes(place)) throw new Error(`the recipe does not mention ${place}:\n${text}`);
    adaptedText = adaptedText.replaceAll(place, instead);
  }
  return adaptedText;
}
