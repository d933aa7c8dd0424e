export { type ChildEvents, Crew, type CrewChild, type CrewOptions } from './crew/crew.ts';
export {
  type ChildState,
  type CrewAction,
  type CrewEvent,
  type CrewSettings,
  CrewStates,
  type Spent,
} from './crew/crew-states.ts';
export { FIRST_DESCRIPTOR, type ProcessChild, type ProcessOptions, startProcess } from './processes/process-child.ts';
export { supervised, type Supervision } from './processes/supervised.ts';
export { type ProcessManager, processManager, type ProcessManagerOptions } from './programs/process-manager.ts';
export type { ProgramsFigures } from './programs/program-pool.ts';
export { threadPool, type ThreadPoolApp, type ThreadPoolOptions } from './threads/thread-pool.ts';
