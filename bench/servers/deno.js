// The small answers by Deno.serve: deno run --allow-net deno.js PORT
Deno.serve({ port: Number(Deno.args[0]), hostname: '127.0.0.1', onListen() {} }, async (request) => {
  if (request.method !== 'POST') return new Response('Hello, world!', { headers: { 'Content-Type': 'text/plain' } });
  return new Response(await request.arrayBuffer(), { headers: { 'Content-Type': 'application/octet-stream' } });
});
