/** The wires by name, as `--backend` takes them. `wires.ts` says what each can do. */
export const BACKENDS = ['http', 'https', 'fcgi', 'scgi', 'cgi'] as const;

/** One of them. */
export type BackendName = (typeof BACKENDS)[number];

/** What the wires are called elsewhere. */
export const ELSEWHERE: Readonly<Record<string, string>> = {
  fastcgi: 'fcgi',
  fpm: 'fcgi',
  http2: 'https, which has HTTP/2, or http with --h2c',
  h2: 'https, which has HTTP/2',
  h2c: 'http with --h2c',
  tls: 'https',
  ssl: 'https',
};
