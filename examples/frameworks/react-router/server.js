import { fromFetch } from '@tsgi/adapters/fetch';
import { mount } from '@tsgi/adapters/middleware';
import { staticFiles } from '@tsgi/adapters/static';
import { createRequestHandler } from 'react-router';
import * as build from './build/server/index.js';

const handler = createRequestHandler(build);

export default mount({
  '/assets': staticFiles(new URL('build/client/assets', import.meta.url).pathname),
  // Its second argument is its own load context, not the environ.
  '/': fromFetch((request) => handler(request)),
});
