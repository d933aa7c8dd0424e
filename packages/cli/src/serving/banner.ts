import { logLine } from '../command-line/standard-streams.ts';

/** Tells where a server listens: on standard error, for under CGI standard output is the response. One line for a log. */
export function writeBanner(what: string, addresses: readonly string[]): void {
  const { stderr } = process;
  if (stderr.isTTY) {
    const places = addresses.map((address) => `  ${address}\n`).join('');
    stderr.write(`\n  tsgi serves ${what}\n\n${places}\n  Ctrl+C ends it.\n\n`);
  } else logLine(`serving ${what} on ${addresses.join(' and ')} (pid ${process.pid})`);
}
