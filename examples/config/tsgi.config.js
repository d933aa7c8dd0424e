import { defineConfig } from 'tsgi/config';

// Another wire is another word here: 'http', 'fcgi', 'scgi' or 'cgi'. The app stays as it is.
export default defineConfig({
  app: '../hello.js',
  backend: 'http',
  bind: '127.0.0.1:9000',
});
