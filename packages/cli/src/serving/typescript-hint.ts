/** Says in one line why a TypeScript file did not load, when it is Node that is too old for it. */
export function typescriptHint(file: string, error: unknown): string | undefined {
  if (!/\.[mc]?ts$/.test(file)) return undefined;
  if (!(error instanceof Error && 'code' in error && error.code === 'ERR_UNKNOWN_FILE_EXTENSION')) return undefined;
  return `this Node (${process.versions.node}) cannot load TypeScript; use Node 22.18 or newer, node --import tsx, or compile it to JavaScript`;
}
