/** `<length>:<string>,` */
export function netstring(content: string): string {
  return `${content.length}:${content},`;
}

/** The header block of an SCGI request: `CONTENT_LENGTH` first, then `SCGI`, then the rest. */
export function scgiHead(variables: readonly (readonly [string, string])[]): string {
  const length = variables.filter(([name]) => name === 'CONTENT_LENGTH');
  const rest = variables.filter(([name]) => name !== 'CONTENT_LENGTH');
  const all = [...(length.length > 0 ? length : [['CONTENT_LENGTH', '0']]), ['SCGI', '1'], ...rest];
  return netstring(all.map(([name, value]) => `${name}\0${value}\0`).join(''));
}
