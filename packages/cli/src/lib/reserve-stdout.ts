/**
 * Under CGI standard output is the response: what an application prints while it loads goes to standard error, as what it
 * prints later does (the backend sees to that).
 */
export function reserveStdout(): void {
  Object.defineProperty(process, 'stdout', { configurable: true, get: () => process.stderr });
}
