import { defineHandler } from 'nitro/h3';

let goOn = () => {};

/** The last line waits until somebody posts. */
export default defineHandler((event) => {
  if (event.req.method === 'POST') {
    goOn();
    return new Response(null, { status: 204 });
  }
  return new ReadableStream({
    async start(controller) {
      const encoder = new TextEncoder();
      controller.enqueue(encoder.encode('first\n'));
      await new Promise((resolve) => (goOn = resolve));
      controller.enqueue(encoder.encode('last\n'));
      controller.close();
    },
  });
});
