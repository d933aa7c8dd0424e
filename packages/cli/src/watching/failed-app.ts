import { readFileSync } from 'node:fs';
import type { App } from '@tsgi/core';
import type { CommandFailure } from '../command-line/failure.ts';

/** Lines of the file that are shown above and below the place. */
const AROUND = 3;
const LONGEST_LINE = 400;

/**
 * An application that answers every request with 500 and with the reason why the real one could not be loaded. For who develops:
 * nobody else is to see places in files (R78), so it is `--watch` alone that makes one.
 */
export function failedApp({ message, frames }: CommandFailure): App {
  // A file that cannot be parsed, or imports what is not there, has no frames: its place ends the message.
  const excerpt = excerptOf(frames[0] ?? message);
  const text = `${[message, ...frames.map((frame) => `    at ${frame}`)].join('\n')}\n${excerpt === '' ? '' : `\n${excerpt}\n`}`;
  const encoder = new TextEncoder();
  const plain = encoder.encode(text);
  const html = encoder.encode(page(text));
  return (environ, startResponse) => {
    const wantsHtml = environ.HTTP_ACCEPT?.includes('text/html') === true;
    startResponse('500 Internal Server Error', [
      ['Content-Type', `text/${wantsHtml ? 'html' : 'plain'}; charset=utf-8`],
      ['Cache-Control', 'no-store'],
    ]);
    return environ.REQUEST_METHOD === 'HEAD' ? [] : [wantsHtml ? html : plain];
  };
}

/** The lines around a place, which `FILE:LINE:COLUMN` ends; nothing, where there is no such file. */
function excerptOf(frame: string): string {
  const place = frame.endsWith(')') ? frame.slice(frame.lastIndexOf('(') + 1, -1) : frame;
  const [ending = '', line = '', column = ''] = /:(\d{1,9})(?::(\d{1,9}))?$/.exec(place) ?? [];
  const file = place.slice(0, place.length - ending.length);
  let lines: string[];
  try {
    lines = readFileSync(file, 'utf8').split('\n');
  } catch {
    return '';
  }
  const at = Number(line);
  const first = Math.max(1, at - AROUND);
  return lines
    .slice(first - 1, at + AROUND)
    .flatMap((text, index) => {
      const shown = `${String(first + index).padStart(6)} | ${text.slice(0, LONGEST_LINE)}`;
      return first + index === at && column !== ''
        ? [shown, `${' '.repeat(6)} | ${' '.repeat(Number(column) - 1)}^`]
        : [shown];
    })
    .join('\n');
}

function page(text: string): string {
  const [title = '', ...rest] = text.split('\n');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title>
<style>:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}h1{font-size:1.1rem;overflow-wrap:anywhere}pre{overflow-x:auto}</style>
</head><body><h1>${escaped(title)}</h1><pre>${escaped(rest.join('\n').replace(/^\n+/, ''))}</pre>
<p>The next change of a file starts it again.</p></body></html>
`;
}

function escaped(text: string): string {
  const names: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replaceAll(/[&<>"]/g, (found) => names[found] ?? found);
}
