export { accessLog, type AccessLogOptions, type AccessRecord } from './middleware/access-log.ts';
export { mount } from './middleware/mount.ts';
