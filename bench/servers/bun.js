// The small answers by Bun.serve: bun bun.js PORT
Bun.serve({
  port: Number(process.argv[2]),
  hostname: '127.0.0.1',
  async fetch(request) {
    if (request.method !== 'POST') return new Response('Hello, world!', { headers: { 'Content-Type': 'text/plain' } });
    return new Response(await request.arrayBuffer(), { headers: { 'Content-Type': 'application/octet-stream' } });
  },
});
