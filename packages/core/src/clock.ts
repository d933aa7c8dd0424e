export { Deadline } from './clock/deadline.ts';
