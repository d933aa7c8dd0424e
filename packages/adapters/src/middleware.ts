export { accessLog, type AccessLogOptions, type AccessRecord } from './middleware/access-log.ts';
export { forwarded, type ForwardedOptions } from './middleware/forwarded.ts';
export { mount } from './middleware/mount.ts';
export { staticFiles } from './static/static-files.ts';
