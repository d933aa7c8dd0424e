// What a process and its children have used, from Linux's /proc.
import { readFileSync, readdirSync } from 'node:fs';

function* processes(pid) {
  yield pid;
  try {
    for (const task of readdirSync(`/proc/${pid}/task`)) {
      const children = readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim();
      if (children !== '') for (const child of children.split(/\s+/)) yield* processes(child);
    }
  } catch {
    // It has just ended.
  }
}

/** Microseconds of CPU time, of all threads, to the nanosecond. */
export function cpuTime(pid) {
  let nanoseconds = 0;
  for (const each of processes(pid)) {
    try {
      for (const task of readdirSync(`/proc/${each}/task`)) {
        nanoseconds += Number(readFileSync(`/proc/${each}/task/${task}/schedstat`, 'utf8').split(' ')[0]);
      }
    } catch {
      // It has just ended.
    }
  }
  return nanoseconds / 1000;
}

/** MiB of resident memory. */
export function residentMemory(pid) {
  let kibibytes = 0;
  for (const each of processes(pid)) {
    try {
      kibibytes += Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${each}/status`, 'utf8'))?.[1] ?? 0);
    } catch {
      // It has just ended.
    }
  }
  return kibibytes / 1024;
}
