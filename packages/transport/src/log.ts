export { logSink, type LogSink, writeToStderr } from './log/log.ts';
