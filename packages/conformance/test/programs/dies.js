// A server of the kit's application that dies of one case, or stands still with it; the first argument says which.
import { conformanceApp } from '@tsgi/conformance';
import { serve } from '@tsgi/http-backend';

const [, , fatal, how] = process.argv;

const server = await serve(
  (environ, startResponse) => {
    if (environ.HTTP_X_TSGI_CASE === fatal) {
      if (how === 'dies') process.exit(1);
      for (;;);
    }
    return conformanceApp(environ, startResponse);
  },
  { port: 0 },
);
console.log(server.address);
