// The same on every host, and to be reached by the front ends alone: FastCGI and SCGI believe whoever connects.
export default {
  app: './app.mjs',
  scriptName: '/',
  workers: 2,
  grace: '20s',
  // A host that is told to end says so at /ready, and goes on for as long as the front ends take to ask.
  shutdownDelay: '5s',
  // Where HAProxy asks for /ready, and Prometheus for /metrics.
  metrics: ':9100',
  // Take the wire that the front end is to speak.
  servers: {
    http: {
      bind: 'http://0.0.0.0:8000',
      // The front ends.
      trustedPeers: ['10.0.0.1', '10.0.0.2'],
      // Longer than a front end keeps a connection: who closes first must not be the one who may be about to get a request.
      keepAliveTimeout: '75s',
    },
    fastcgi: { bind: 'fcgi://0.0.0.0:9000' },
    scgi: { bind: 'scgi://0.0.0.0:4000' },
  },
};
