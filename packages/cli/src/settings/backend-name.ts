/** The wires by name, as `--backend` takes them. `wires.ts` says what each can do. */
export const BACKENDS = ['http', 'https', 'fcgi', 'scgi', 'cgi'] as const;

/** One of them. */
export type BackendName = (typeof BACKENDS)[number];
