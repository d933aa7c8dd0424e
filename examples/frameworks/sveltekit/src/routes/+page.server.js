export const load = ({ url, cookies }) => {
  cookies.set('first', '1', { path: '/' });
  cookies.set('second', '2', { path: '/' });
  return { path: url.pathname };
};
export const actions = { default: async ({ request }) => ({ name: (await request.formData()).get('name') }) };
