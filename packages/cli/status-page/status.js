// The status page: asks once a second what there is, and shows it. Text of others only ever becomes text.

const INTERVAL = 1000;
const KEPT = 60;

const element = (id) => document.getElementById(id);
const rates = [];
const latencies = [];
let last;
let isPaused = false;

const counted = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

function bytes(count) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let at = 0;
  let value = count;
  while (value >= 1024 && at < units.length - 1) {
    value /= 1024;
    at++;
  }
  return `${value >= 100 || at === 0 ? Math.round(value) : value.toFixed(1)} ${units[at]}`;
}

function duration(seconds) {
  if (seconds === Infinity) return '> 10 s';
  if (seconds < 0.001) return `${(seconds * 1e6).toFixed(0)} µs`;
  if (seconds < 1) return `${(seconds * 1000).toFixed(seconds < 0.1 ? 1 : 0)} ms`;
  return `${seconds.toFixed(seconds < 10 ? 2 : 0)} s`;
}

function age(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

const sum = (values) => values.reduce((total, value) => total + value, 0);

/** @param cells text, or an object with text and classes. */
function row(cells) {
  const line = document.createElement('tr');
  for (const cell of cells) {
    const { text, kind = 'number', title } = typeof cell === 'object' ? cell : { text: cell };
    const data = document.createElement('td');
    data.textContent = text;
    if (title !== undefined) data.title = title;
    data.className = kind;
    line.append(data);
  }
  return line;
}

function fill(id, rows, nothing) {
  const body = element(id).tBodies[0];
  if (rows.length > 0) body.replaceChildren(...rows);
  else body.replaceChildren(row([{ text: nothing, kind: 'quiet' }]));
}

function line(id, values) {
  const most = Math.max(...values, 1e-9);
  const step = 120 / (KEPT - 1);
  const from = 120 - (values.length - 1) * step;
  const points = values.map((value, at) => `${(from + at * step).toFixed(1)} ${(28 - (value / most) * 26).toFixed(1)}`);
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', `M${points.join('L')}`);
  element(id).replaceChildren(path);
}

/** The bound that 95 of 100 requests since the last look were within. */
function percentile(buckets, now, before) {
  const counts = buckets.map(() => 0).concat(0);
  for (const [name, wire] of Object.entries(now)) {
    wire.durations.forEach((count, at) => (counts[at] += count - (before[name]?.durations[at] ?? 0)));
  }
  const total = sum(counts);
  if (total <= 0) return undefined;
  let below = 0;
  const at = counts.findIndex((count) => (below += count) >= total * 0.95);
  return buckets[at] ?? Infinity;
}

function show(status) {
  const before = last ?? status;
  const seconds = Math.max(0.001, (status.now - before.now) / 1000);
  const rateOf = (name) =>
    Math.max(0, sum(status.wires[name].requests) - sum(before.wires[name]?.requests ?? [0])) / seconds;
  const wires = Object.entries(status.wires);
  const rate = sum(wires.map(([name]) => rateOf(name)));
  const p95 = percentile(status.buckets, status.wires, before.wires);

  const state = element('state');
  state.textContent = status.notReady ?? 'ready';
  state.className = status.notReady === null ? 'state ready' : 'state';
  const ready = status.processes.filter((process) => process.state === 'ready').length;
  element('about').textContent = `${ready} of ${status.processes.length} processes ready · Node ${status.node}`;
  document.title = `TSGI ${state.textContent}`;

  if (last !== undefined) {
    rates.push(rate);
    latencies.push(p95 === Infinity ? 10 : (p95 ?? 0));
    if (rates.length > KEPT) rates.shift();
    if (latencies.length > KEPT) latencies.shift();
    element('rate').textContent = short.format(rate);
    element('p95').textContent = p95 === undefined ? '–' : duration(p95);
    line('rate-line', rates);
    line('p95-line', latencies);
  }
  const ofClass = (at) => sum(wires.map(([, wire]) => wire.requests[at]));
  element('errors').textContent = short.format(ofClass(4));
  element('errors-more').textContent =
    `${counted.format(sum(wires.map(([, wire]) => wire.left)))} aborted, ` +
    `${counted.format(sum(wires.map(([, wire]) => sum(Object.values(wire.refusals)))))} refused`;
  element('flight').textContent = short.format(sum(wires.map(([, wire]) => wire.inFlight)));
  element('flight-more').textContent = `${counted.format(sum(wires.map(([, wire]) => wire.open)))} connections`;

  fill(
    'processes',
    status.processes.map((process) =>
      row([
        { text: process.name, kind: '' },
        { text: process.state, kind: '' },
        process.pid,
        age(status.now - process.since),
        counted.format(process.requests),
        counted.format(process.inFlight),
        process.memory === 0 ? '–' : bytes(process.memory),
        process.loopDelay === 0 ? '–' : duration(process.loopDelay),
      ]),
    ),
    'none',
  );
  fill(
    'wires',
    wires.map(([name, wire]) =>
      row([
        { text: name, kind: '' },
        short.format(rateOf(name)),
        counted.format(sum(wire.requests)),
        counted.format(wire.requests[3]),
        counted.format(wire.requests[4]),
        counted.format(wire.left),
        { text: counted.format(sum(Object.values(wire.refusals))), title: reasons(wire.refusals) },
        counted.format(wire.open),
        bytes(wire.bytesIn),
        bytes(wire.bytesOut),
      ]),
    ),
    'nothing yet',
  );
  showBehind(status);
  fill(
    'slowest',
    status.slowest.map((slow) =>
      row([
        duration(slow.duration / 1000),
        { text: `${slow.method} ${slow.path}`, kind: 'path', title: slow.path },
        slow.status,
        { text: `${age(status.now - slow.at)} ago`, kind: 'number quiet' },
      ]),
    ),
    'nothing yet',
  );
  element('events').replaceChildren(
    ...status.events.map((event) => {
      const item = document.createElement('li');
      const time = document.createElement('time');
      time.textContent = new Date(event.at).toLocaleTimeString('en-GB');
      item.append(time, document.createTextNode(event.text));
      return item;
    }),
  );
  if (status.events.length === 0) element('events').textContent = 'nothing yet';
  last = status;
}

/** What a gateway forwards to, where this is one. */
function showBehind({ targets, programs }) {
  element('targets-part').hidden = targets.length === 0;
  fill(
    'targets',
    targets.map((target) =>
      row([
        { text: target.name, kind: '' },
        { text: target.state, kind: target.state === 'out' ? 'out' : '' },
        counted.format(target.active),
        counted.format(target.requests),
        counted.format(target.failures),
        counted.format(target.passedOn),
        counted.format(target.outages),
      ]),
    ),
    'none',
  );
  element('programs-part').hidden = programs === null;
  if (programs === null) return;
  const { waiting, crashed, ended } = programs;
  element('programs-more').textContent =
    `${counted.format(waiting)} waiting, ${counted.format(crashed)} crashed, ${counted.format(ended)} retired`;
  fill(
    'programs',
    programs.programs.map((program) =>
      row([
        { text: program.name, kind: '' },
        { text: program.state, kind: '' },
        program.pid ?? '–',
        counted.format(program.requests),
      ]),
    ),
    'none runs',
  );
}

function reasons(refusals) {
  return Object.entries(refusals)
    .map(([reason, count]) => `${reason} ${count}`)
    .join(', ');
}

async function look() {
  if (!isPaused && !document.hidden) {
    try {
      const answer = await fetch('status.json', { signal: AbortSignal.timeout(5000) });
      if (!answer.ok) throw new Error(String(answer.status));
      show(await answer.json());
    } catch {
      const state = element('state');
      state.textContent = 'no answer';
      state.className = 'state bad';
    }
  }
  setTimeout(look, INTERVAL);
}

element('pause').addEventListener('click', ({ currentTarget: button }) => {
  isPaused = !isPaused;
  button.textContent = isPaused ? 'Go on' : 'Pause';
  button.setAttribute('aria-pressed', String(isPaused));
});
void look();
