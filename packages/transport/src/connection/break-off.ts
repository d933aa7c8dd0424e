export { resetSocket as breakOff } from './reset-socket.ts';
