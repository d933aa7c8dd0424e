const body = new TextEncoder().encode('Hello\n');

export default (_environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [body];
};
