// The examples, mounted side by side: what every real server is asked to carry.
import echo from '../examples/echo.js';
import environ from '../examples/environ.js';
import errors from '../examples/errors.js';
import hello from '../examples/hello.js';
import { mount } from '../examples/middleware.js';
import stream from '../examples/stream.js';
import upload from '../examples/upload.js';

export default mount({ environ, echo, upload, stream, errors }, hello);
