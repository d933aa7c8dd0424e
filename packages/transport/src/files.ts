export { type FoundFile, Root } from './files/root.ts';
export { isRefusedPath, resolveDotSegments } from './files/request-path.ts';
export { openSpoolFile } from './files/spool-file.ts';
