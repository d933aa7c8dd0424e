export default {
  preset: process.env.NITRO_PRESET ?? 'node_middleware',
  // The files of public/, which a web server in front may send instead.
  serveStatic: true,
};
