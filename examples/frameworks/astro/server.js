import { mount } from '@tsgi/adapters/middleware';
import { fromNode } from '@tsgi/adapters/node';
import { staticFiles } from '@tsgi/adapters/static';
import { handler } from './dist/server/entry.mjs';

// For where no web server sends the files of dist/client.
export default mount({
  '/_astro': staticFiles(new URL('dist/client/_astro', import.meta.url).pathname),
  '/': fromNode(handler),
});
