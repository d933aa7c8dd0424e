export const GET = (request) => {
  const answer = Response.json({ href: request.url, client: request.headers.get('x-forwarded-for') });
  answer.headers.append('Set-Cookie', 'first=1');
  answer.headers.append('Set-Cookie', 'second=2');
  return answer;
};

export const POST = async (request) => Response.json({ length: (await request.arrayBuffer()).byteLength });
