import { rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { writeToStderr } from '@tsgi/transport/log';
import { CommandFailure } from '../command-line/failure.ts';

/** In the application's folder: on a shared host it is often all that its owner can read. */
export const FAILURE_FILE = 'start-error.log';

/** How long a process that could not load the application says so; the next request after it starts a new one. */
const ANSWERING_MS = 3000;

/** What a customer of a shared host can find: the whole story in the log of the web server and in the application's folder. */
export function recordFailure(error: unknown, file: string): string {
  const story = storyOf(error);
  writeToStderr(`tsgi: ${story}\n`);
  try {
    writeFileSync(file, `${new Date().toISOString()} Node ${process.versions.node}\n${story}\n`);
  } catch {
    // A folder that cannot be written to: there is still the log.
  }
  return story;
}

/** One of an earlier start would mislead. */
export function forgetFailure(file: string): void {
  rmSync(file, { force: true });
}

/**
 * Answers in the place of an application that could not be loaded, for a while, and ends: so what was mended is tried
 * without a restart, and a process that fails is not started for every request. Without it the web server would show a page
 * of its own that says nothing.
 */
export function failureServer(story: string): Server {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(503, {
      'Content-Type': 'text/html; charset=utf-8',
      'Cache-Control': 'no-store',
      'Retry-After': String(ANSWERING_MS / 1000),
      Connection: 'close',
    });
    response.end(page(story));
  });
  server.once('listening', () => {
    setTimeout(() => {
      process.exitCode = 1;
      server.close(() => process.exit());
      server.closeIdleConnections();
    }, ANSWERING_MS);
  });
  return server;
}

/** Paths and source are for the owner only: cPanel's "Development" mode, or `PassengerAppEnv development`, shows them. */
function page(story: string): string {
  const shown =
    process.env['NODE_ENV'] === 'development'
      ? `<pre>${story.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</pre>`
      : `<p>Its owner finds the reason in the file <code>${FAILURE_FILE}</code> beside the start file, and in the error log of the web server.</p>`;
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>503 Service Unavailable</title>
<h1>This application could not be started</h1>
${shown}
</html>
`;
}

function storyOf(error: unknown): string {
  if (!(error instanceof CommandFailure)) return stackOf(error);
  return error.cause === undefined ? error.message : `${error.message}\n${stackOf(error.cause)}`;
}

function stackOf(error: unknown): string {
  try {
    return error instanceof Error ? (error.stack ?? String(error)) : String(error);
  } catch {
    return 'what was thrown cannot be shown';
  }
}
