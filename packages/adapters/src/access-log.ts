export { type AccessFormat, accessFormat } from './access-log/access-format.ts';
export type { AccessRecord } from './access-log/access-record.ts';
