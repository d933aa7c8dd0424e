export type { AccessRecord } from './access-log/access-record.ts';
export { accessLog, type AccessLogOptions } from './middleware/access-log.ts';
export { forwarded, type ForwardedOptions } from './middleware/forwarded.ts';
export { mount } from './middleware/mount.ts';
export { staticFiles } from './static/static-files.ts';
