import { createErrorStream, type ServerObserver, type ServerTraits } from '@tsgi/core/server';
import type { LogSink } from '../log.ts';

/** What the server of a CGI-like wire tells its application of itself. */
export interface MountOptions {
  /** Where the application is mounted, if the web server does not say: `SCRIPT_NAME`. */
  scriptName?: string;
  /** `tsgi.multiprocess`: other processes serve the same application. Default false. */
  multiprocess?: boolean;
  /** Is told of requests and connections. Default: nobody is. */
  observer?: ServerObserver;
}

/** The traits of a server that has one process and many requests at a time. */
export function socketTraits(
  serverSoftware: string,
  errors: LogSink,
  { scriptName, multiprocess = false, observer }: MountOptions,
): ServerTraits {
  return {
    multithread: false,
    multiprocess,
    runOnce: false,
    concurrent: true,
    serverSoftware,
    errors: createErrorStream(errors),
    ...(scriptName === undefined ? undefined : { scriptName }),
    ...(observer === undefined ? undefined : { observer }),
  };
}
