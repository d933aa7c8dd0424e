import type { Command } from './command.ts';

/** A subcommand before it is loaded. */
export interface CommandEntry {
  /** For the list in `tsgi --help`. */
  readonly summary: string;
  load(): Promise<Command>;
}

/** All subcommands, in the order of the help. */
export const commandTable: Readonly<Record<string, CommandEntry>> = {
  serve: {
    summary: 'serve an application over HTTP, FastCGI, SCGI or CGI',
    load: async () => (await import('../commands/serve.ts')).serveCommand,
  },
  request: {
    summary: 'send one request to an application through a real wire, without a port',
    load: async () => (await import('../commands/request.ts')).requestCommand,
  },
  check: {
    summary: 'check that an application keeps the contract',
    load: async () => (await import('../commands/check.ts')).checkCommand,
  },
  conformance: {
    summary: "judge a server that serves the conformance kit's application",
    load: async () => (await import('../commands/conformance.ts')).conformanceCommand,
  },
  init: {
    summary: 'write a new application, or a start file for Passenger and LiteSpeed',
    load: async () => (await import('../commands/init.ts')).initCommand,
  },
  'build-cgi': {
    summary: 'make one file of an application, that a web server runs as a CGI program',
    load: async () => (await import('../commands/build-cgi.ts')).buildCgiCommand,
  },
  gateway: {
    summary: 'forward requests to a FastCGI or SCGI server, or to CGI programs',
    load: async () => (await import('../commands/gateway.ts')).gatewayCommand,
  },
  completion: {
    summary: 'print what makes a shell complete all of this',
    load: async () => (await import('../commands/completion.ts')).completionCommand,
  },
};
