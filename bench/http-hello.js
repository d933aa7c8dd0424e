// The contract, whole, over @tsgi/http-backend.
import { serve } from '@tsgi/http-backend';

const body = new TextEncoder().encode('Hello, world\n');
await serve(
  (_environ, startResponse) => {
    startResponse('200 OK', [['Content-Type', 'text/plain']]);
    return [body];
  },
  { port: Number(process.argv[2]) },
);
