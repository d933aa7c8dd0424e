export { Deadline, LONGEST_TIMER } from './clock/deadline.ts';
