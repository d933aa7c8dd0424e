/** Says in one line why a TypeScript file did not load, the module itself or one that it imports, when it is Node that is too old for it. */
export function typescriptHint(file: string, error: unknown): string | undefined {
  if (!(error instanceof Error && 'code' in error && error.code === 'ERR_UNKNOWN_FILE_EXTENSION')) return undefined;
  const [, found] = /" for (\/[^\n]{1,4096}\.[mc]?ts)$/.exec(error.message) ?? [];
  if (found === undefined) return undefined;
  const which = found === file ? '' : `${found}: `;
  return `${which}this Node (${process.versions.node}) cannot load TypeScript; use Node 22.18 or newer, node --import tsx, or compile it to JavaScript`;
}
