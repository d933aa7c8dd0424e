export const GET = ({ url, clientAddress }) => Response.json({ href: url.href, client: clientAddress });

export const POST = async ({ request }) => Response.json({ length: (await request.arrayBuffer()).byteLength });
