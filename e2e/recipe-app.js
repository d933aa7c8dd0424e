/** Says what of the request a front end must get right; the app of the recipes. */
export default async (environ, startResponse) => {
  const body = await environ['tsgi.input'].read();
  const { REMOTE_ADDR, HTTP_HOST, SCRIPT_NAME, PATH_INFO, QUERY_STRING } = environ;
  startResponse('200 OK', [['Content-Type', 'application/json']]);
  const scheme = environ['tsgi.url_scheme'];
  const seen = { REMOTE_ADDR, HTTP_HOST, SCRIPT_NAME, PATH_INFO, QUERY_STRING, scheme, bytes: body.byteLength };
  return [Buffer.from(JSON.stringify(seen))];
};
