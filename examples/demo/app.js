// The app of the demo: the examples, mounted side by side. It is the same for every wire, and knows none.

import { byteStringToText } from '@tsgi/core';
import echo from '../echo.js';
import showEnviron from '../environ.js';
import errors from '../errors.js';
import hello from '../hello.js';
import { mount } from '../middleware.js';
import stream from '../stream.js';
import upload from '../upload.js';
import { withEvidence } from './evidence.js';

/** @type {import('@tsgi/core').App} */
async function receipt(environ, startResponse) {
  let size = 0;
  for await (const chunk of environ['tsgi.input']) size += chunk.length;
  const lines = [
    `You asked for ${byteStringToText(environ.PATH_INFO)} with ${environ.REQUEST_METHOD}`,
    environ.QUERY_STRING === '' ? 'without a query' : `with the query ${byteStringToText(environ.QUERY_STRING)}`,
    size === 0 ? 'and without a body.' : `and with a body of ${size} bytes.`,
    '',
    'Also here: /hello/NAME /environ /echo /upload /stream /errors',
  ];
  startResponse('200 OK', [['Content-Type', 'text/plain; charset=utf-8']]);
  return [new TextEncoder().encode(`${lines.join('\n')}\n`)];
}

export default withEvidence(mount({ hello, environ: showEnviron, echo, upload, stream, errors }, receipt));
