// The small answer by the package node-fastcgi: node node-fastcgi.cjs SOCKET
const { createServer } = require('node-fastcgi');

createServer((_request, response) => {
  response.writeHead(200, { 'Content-Type': 'text/plain' });
  response.end('Hello, world!');
}).listen(process.argv[2]);
