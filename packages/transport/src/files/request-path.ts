/**
 * Whether a decoded path holds bytes that mean something else to somebody else: a NUL ends a name, a line break ends what a
 * pattern looks at (CVE-2019-11043), a backslash is a slash to some.
 */
export function isRefusedPath(path: string): boolean {
  return /[\0\r\n\\]/.test(path);
}

/**
 * A decoded path without its `.` and `..` (RFC 3986 §5.2.4), as nginx, Apache and lighttpd look it up. Other segments stay,
 * empty ones too.
 *
 * @returns `undefined` when it leads out of the root.
 */
export function resolveDotSegments(path: string): string | undefined {
  if (!path.includes('/.')) return path;
  const kept: string[] = [];
  const segments = path.split('/');
  segments.shift();
  const last = segments.length - 1;
  for (const [index, segment] of segments.entries()) {
    if (segment !== '.' && segment !== '..') {
      kept.push(segment);
      continue;
    }
    if (segment === '..') {
      if (kept.length === 0) return undefined;
      kept.pop();
    }
    if (index === last) kept.push('');
  }
  return `/${kept.join('/')}`;
}
