/**
 * Ends the process when its work is done: what an application keeps open, a database or a timer, must not keep the command
 * from ending.
 *
 * @param delay milliseconds for work that still ends by itself, such as `tsgi.after_response` hooks.
 */
export function endWithoutApp(delay: number): void {
  setTimeout(() => process.exit(), delay).unref();
}
