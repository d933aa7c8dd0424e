import { json } from '@sveltejs/kit';

export const GET = ({ url, getClientAddress }) => json({ href: url.href, client: getClientAddress() });

export const POST = async ({ request }) => json({ length: (await request.arrayBuffer()).byteLength });
