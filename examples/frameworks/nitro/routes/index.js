import { defineHandler } from 'nitro/h3';

export default defineHandler(async (event) => {
  event.res.headers.append('Set-Cookie', 'first=1');
  event.res.headers.append('Set-Cookie', 'second=2');
  event.res.headers.set('Content-Type', 'text/html');
  const name = event.req.method === 'POST' ? (await event.req.formData()).get('name') : undefined;
  return `<h1>Hello from Nitro</h1>${name === undefined ? '' : `<p>Hello, ${name}!</p>`}`;
});
