export { documentRoot, type DocumentRoot } from './static/document-root.ts';
export type { Programs } from './static/documents.ts';
export { staticFiles } from './static/static-files.ts';
