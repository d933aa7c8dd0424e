import { logLine } from '../command-line/standard-streams.ts';
import type { Bind } from '../settings/bind.ts';
import type { ListenSettings } from '../settings/settings.ts';

/** The first nghttp2 that no client can end by a frame (CVE-2026-27135). */
const MENDED = [1, 68, 1];

/** Whether a client of HTTP/2 can end the process, by the version of nghttp2 within Node. */
export function hasFrameFault(version: string | undefined): boolean {
  if (version === undefined) return false;
  const parts = version.split('.').map(Number);
  const differs = MENDED.findIndex((part, index) => part !== parts[index]);
  return differs !== -1 && (parts[differs] ?? 0) < (MENDED[differs] as number);
}

/** One line where HTTP/2 is served with such a Node: nothing outside of Node can mend it. */
export function sayHttp2Caution(
  binds: readonly Bind[],
  settings: Partial<Pick<ListenSettings, 'http2' | 'h2c'>>,
): void {
  const isServed = binds.some(({ scheme }) =>
    scheme === 'https' ? settings.http2 !== false : scheme === 'http' && settings.h2c === true,
  );
  const { nghttp2 } = process.versions;
  if (!isServed || !hasFrameFault(nghttp2)) return;
  logLine(
    `caution: a client of HTTP/2 can end this process (CVE-2026-27135: Node ${process.versions.node} has nghttp2 ${nghttp2}); ` +
      `take the newest Node 22 or later, or leave HTTP/2 to the proxy in front (${settings.h2c === true ? 'no --h2c' : '--no-http2'})`,
  );
}
