/**
 * What a connection and its streams can be, and what makes them something else. A happening that a state does not name changes
 * nothing in it. Nothing leaves `gone`, and a loss leads there from everywhere.
 */

/**
 * `opening`: the client's preface, which ends with its SETTINGS, has not come. `waiting`: for a request. `serving`: streams
 * are open; whether they go on is looked at. `finishing`: GOAWAY was sent or came; what is open is finished. `lingering`: all
 * is said, and the client has still to end its side.
 */
export type ConnectionState = 'opening' | 'waiting' | 'serving' | 'finishing' | 'lingering' | 'gone';

/**
 * `settings` and `request` come from the client. `quiet`: no stream is open any more. `close`: the server ends, or the client
 * sends GOAWAY, or there were requests enough. `said`: our last byte is out. `late`: what the state waits for has not come.
 * `loss`: the socket has ended or closed, or the session is over.
 */
export type ConnectionHappening = 'settings' | 'request' | 'quiet' | 'close' | 'said' | 'late' | 'loss';

export const CONNECTION_STATES: Transitions<ConnectionState, ConnectionHappening> = {
  opening: { settings: 'waiting', close: 'gone', late: 'gone', loss: 'gone' },
  waiting: { request: 'serving', close: 'finishing', late: 'finishing', loss: 'gone' },
  serving: { quiet: 'waiting', close: 'finishing', loss: 'gone' },
  finishing: { said: 'lingering', loss: 'gone' },
  lingering: { late: 'gone', loss: 'gone' },
  gone: {},
};

/** `running`: the application has the request. `answered`: the answer has ended, and may be on its way. */
export type StreamState = 'running' | 'answered' | 'gone';

/** `answer`: it has ended, well or not. `loss`: the stream is closed, or the client has taken it back. */
export type StreamHappening = 'answer' | 'loss';

export const STREAM_STATES: Transitions<StreamState, StreamHappening> = {
  running: { answer: 'answered', loss: 'gone' },
  answered: { loss: 'gone' },
  gone: {},
};

/** For each state what comes of a happening. */
type Transitions<State extends string, Happening extends string> = Readonly<
  Record<State, Readonly<Partial<Record<Happening, State>>>>
>;
