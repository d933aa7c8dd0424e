export const loader = ({ request }) => Response.json({ href: request.url });

export const action = async ({ request }) => Response.json({ length: (await request.arrayBuffer()).byteLength });
