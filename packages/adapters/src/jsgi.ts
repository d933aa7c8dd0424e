export { fromJsgi, toJsgi, type JsgiApp, type JsgiRequest, type JsgiResponse } from './jsgi/jsgi.ts';
