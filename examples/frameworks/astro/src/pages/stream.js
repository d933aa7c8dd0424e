let goOn = () => {};

/** The last line waits until somebody posts. */
export function GET() {
  const body = new ReadableStream({
    async start(controller) {
      const encoder = new TextEncoder();
      controller.enqueue(encoder.encode('first\n'));
      await new Promise((resolve) => (goOn = resolve));
      controller.enqueue(encoder.encode('last\n'));
      controller.close();
    },
  });
  return new Response(body, { headers: { 'Content-Type': 'text/plain' } });
}

export function POST() {
  goOn();
  return new Response(null, { status: 204 });
}
