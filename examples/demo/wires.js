// Serves the app over four wires, all on this machine, and tells the front how to send over each.

import { Agent } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gateway as cgiGateway } from '@tsgi/cgi-backend';
import { gateway as fcgiGateway, serve as serveFcgi } from '@tsgi/fcgi-backend';
import { serve as serveHttp } from '@tsgi/http-backend';
import { gateway as scgiGateway, serve as serveScgi } from '@tsgi/scgi-backend';
import app from './app.js';
import { sendOverHttp } from './send-over-http.js';
import { sendThroughGateway } from './send-through-gateway.js';

const CGI_PROGRAM = fileURLToPath(new URL('cgi-program.js', import.meta.url));

/**
 * @param {string} folder for the sockets: private, so that nobody else connects
 * @returns {Promise<{ wires: import('./front.js').Wire[], close(): Promise<void> }>}
 */
export async function startWires(folder) {
  const fcgiSocket = join(folder, 'fcgi.sock');
  const scgiSocket = join(folder, 'scgi.sock');
  const http = await serveHttp(app, { host: '127.0.0.1', port: 0 });
  const servers = [http, await serveFcgi(app, { path: fcgiSocket }), await serveScgi(app, { path: scgiSocket })];
  const agent = new Agent({ keepAlive: true });

  /**
   * @param {string} id
   * @param {import('@tsgi/core').App} gateway
   * @returns {import('./front.js').Wire}
   */
  const through = (id, gateway) => ({
    id,
    send: (outgoing, report, connection, signal) => sendThroughGateway(gateway, connection, outgoing, report, signal),
  });

  return {
    wires: [
      {
        id: 'http',
        send: (outgoing, report, _connection, signal) =>
          sendOverHttp({ port: http.port ?? 0, agent }, outgoing, report, signal),
      },
      through('fcgi', fcgiGateway({ address: `unix:${fcgiSocket}`, pool: 4 })),
      through('scgi', scgiGateway({ address: `unix:${scgiSocket}` })),
      through('cgi', cgiGateway({ program: CGI_PROGRAM })),
    ],
    async close() {
      agent.destroy();
      await Promise.all(servers.map((server) => server.close({ grace: 1000 })));
    },
  };
}
