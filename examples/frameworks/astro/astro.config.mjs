import node from '@astrojs/node';

export default {
  output: 'server',
  adapter: node({ mode: 'middleware' }),
  // Whose Host is believed: without it every URL begins with http://localhost, and posts are refused.
  security: { allowedDomains: [{ hostname: '127.0.0.1' }, { hostname: '**.example.org' }] },
};
