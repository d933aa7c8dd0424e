import { defineHandler } from 'nitro/h3';

export default defineHandler(async (event) => {
  if (event.req.method === 'POST') return { length: (await event.req.arrayBuffer()).byteLength };
  return { href: event.url.href, client: event.req.ip };
});
