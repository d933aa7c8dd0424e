export { type AccessLine, accessFormat } from './access-log/access-format.ts';
export { LineBytes } from './access-log/line-bytes.ts';
export type { AccessRecord } from './access-log/access-record.ts';
