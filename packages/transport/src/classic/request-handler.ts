import { type App, type Body, type Environ, type Header, type StartResponse, standInFor } from '@tsgi/core';

/** What a handler asks of the server it belongs to. */
export interface HandlerServer {
  getApp(): App;
  /** Variables for every request's environ that lacks them. */
  readonly baseEnviron: Readonly<Record<string, string>>;
}

/** A class of handlers: the server makes one for each request. */
export type RequestHandlerClass = new (server: HandlerServer) => RequestHandler;

/**
 * One request of a `makeServer` server, between the wire and the application: wsgiref's `WSGIRequestHandler`.
 *
 * A subclass overrides any of the three methods; what they do here is in their descriptions. The wire itself is parsed
 * and written by the backend, before and after.
 */
export class RequestHandler {
  protected readonly server: HandlerServer;

  constructor(server: HandlerServer) {
    this.server = server;
  }

  /**
   * The environ that the application gets, made from the backend's: wsgiref's `get_environ`. Adds the server's
   * `baseEnviron` where the request brought no such variable. An override changes and returns `environ`, or returns a
   * `copyEnviron` of it.
   */
  getEnviron(environ: Environ): Environ {
    for (const [name, value] of Object.entries(this.server.baseEnviron)) environ[name] ??= value;
    return environ;
  }

  /** Runs the application: wsgiref's `handle`. Whatever it throws is answered as an error of the application. */
  handle(environ: Environ, startResponse: StartResponse): Body | PromiseLike<Body> {
    const app = this.server.getApp();
    return app(environ, startResponse);
  }

  /**
   * Called once when the response is over, whole or not: wsgiref's `log_request`. Writes nothing unless overridden.
   *
   * @param status the last status given to `startResponse`; `undefined` when there was none.
   */
  logRequest(_environ: Environ, _status: string | undefined): void {}
}

/** The handler as the backend sees it: an application. */
export function handlerApp(server: HandlerServer, handlerClass: RequestHandlerClass): App {
  return (environ, startResponse) => {
    const handler = new handlerClass(server);
    let last: string | undefined;
    const noteStatus = (
      status: string,
      headers: Header[],
      ...excInfo: [excInfo?: unknown]
    ): ReturnType<StartResponse> => {
      last = status;
      return startResponse(status, headers, ...excInfo);
    };
    if ('tsgi.upgrade' in environ) standInFor(noteStatus, startResponse);
    const request = handler.getEnviron(environ);
    request['tsgi.after_response'].push(() => handler.logRequest(request, last));
    return handler.handle(request, noteStatus);
  };
}
