/** What the program in the document root has to say. Paths are whole ones. */
export interface SharedProgram {
  /** Node, which the PATH of a web server may not know, and what it runs; or a program that starts it. */
  readonly command: readonly string[];
  /** Where it runs: the application's folder. */
  readonly folder: string;
}

/** The folder, beside the program, whose files everybody may have. */
export const ASSETS = 'assets';

/** The program's name in the document root, by how the web server starts it. */
export const PROGRAMS = { cgi: 'app.cgi', fcgid: 'app.fcgi' } as const;

export type Handler = keyof typeof PROGRAMS;

/**
 * The program in the document root: it only leads out of it, so that a web server which reads no `.htaccess` shows a path, and no
 * source.
 */
export function programText({ command, folder }: SharedProgram): string {
  return `#!/bin/sh
# Written by tsgi init --shared-hosting: starts the application, which is not in here.
cd ${shellQuoted(folder)} || exit 3
exec ${command.map(shellQuoted).join(' ')}
`;
}

/** Everything is the application's, whatever file has that name; but for what lies in `assets`. */
export function htaccessText(handler: Handler): string {
  const program = PROGRAMS[handler];
  const pattern = program.replace('.', '\\.');
  return `# Written by tsgi init --shared-hosting.
Options +ExecCGI +SymLinksIfOwnerMatch -Indexes
AddHandler ${handler === 'cgi' ? 'cgi-script .cgi' : 'fcgid-script .fcgi'}
# The Authorization header is the application's to judge.
CGIPassAuth On
RewriteEngine On
# What is in ${ASSETS}/ is sent as it is. Everything else is the application's, whatever file has that name.
RewriteRule ^${ASSETS}/ - [L]
RewriteRule ^${pattern}(?:/|$) - [L]
RewriteRule ^(.*)$ ${program}/$1 [L]
`;
}

function shellQuoted(text: string): string {
  return /^[\w./@%+=:,-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
