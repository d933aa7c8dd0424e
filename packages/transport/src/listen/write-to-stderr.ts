/** Where the log of a server goes unless its options say otherwise. */
export function writeToStderr(text: string): void {
  process.stderr.write(text);
}
