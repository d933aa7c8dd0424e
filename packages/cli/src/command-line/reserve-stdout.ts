/**
 * Keeps standard output for the answer: what an application or a config file prints goes to standard error. Node's `console`
 * stays with the stream that it found first.
 *
 * @returns what gives it back.
 */
export function reserveStdout(): () => void {
  const stdout = Object.getOwnPropertyDescriptor(process, 'stdout');
  Object.defineProperty(process, 'stdout', { configurable: true, get: () => process.stderr });
  return () => {
    if (stdout !== undefined) Object.defineProperty(process, 'stdout', stdout);
  };
}
