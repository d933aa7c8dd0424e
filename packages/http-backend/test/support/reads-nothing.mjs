// A client of HTTP/2 with windows that never close. It says when an answer has begun, and waits to be stopped.
import { connect } from 'node:http2';

const session = connect(`https://127.0.0.1:${process.argv[2]}`, {
  rejectUnauthorized: false,
  settings: { initialWindowSize: 2 ** 31 - 1 },
});
session.on('connect', () => {
  session.setLocalWindowSize(2 ** 31 - 1);
  session.request({}).once('response', () => process.send?.('begun'));
});
