import { staticFiles } from '@tsgi/adapters/static';

/**
 * Sends the files of a folder (`FILES`, or this one): types, entity tags, conditions, and a range of one with
 * `curl -r 0-99 http://127.0.0.1:8000/files.js`.
 */
export default staticFiles(process.env.FILES ?? new URL('.', import.meta.url).pathname);
