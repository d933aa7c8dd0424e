export { documentRoot, type DocumentRoot } from './static/document-root.ts';
export type { Programs } from './static/documents.ts';
export { internalFiles } from './static/internal-files.ts';
export { staticFiles } from './static/static-files.ts';
