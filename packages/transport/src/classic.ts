export {
  ClassicServer,
  type ClassicServerClass,
  type ClassicOptions,
  makeClassicServer,
} from './classic/classic-server.ts';
export { type HandlerServer, RequestHandler, type RequestHandlerClass } from './classic/request-handler.ts';
