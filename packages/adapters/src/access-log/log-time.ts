const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

type Field = (date: Date) => string;

const two = (value: number): string => String(value).padStart(2, '0');

/** Of strftime(3), in UTC: the log of several hosts, or of a day on which clocks are changed, stays in order. */
const FIELDS: Readonly<Record<string, Field>> = {
  a: (date) => (DAYS[date.getUTCDay()] ?? '').slice(0, 3),
  A: (date) => DAYS[date.getUTCDay()] ?? '',
  b: (date) => (MONTHS[date.getUTCMonth()] ?? '').slice(0, 3),
  B: (date) => MONTHS[date.getUTCMonth()] ?? '',
  d: (date) => two(date.getUTCDate()),
  e: (date) => String(date.getUTCDate()).padStart(2),
  F: (date) => date.toISOString().slice(0, 10),
  H: (date) => two(date.getUTCHours()),
  m: (date) => two(date.getUTCMonth() + 1),
  M: (date) => two(date.getUTCMinutes()),
  s: (date) => String(Math.floor(date.getTime() / 1000)),
  S: (date) => two(date.getUTCSeconds()),
  T: (date) => date.toISOString().slice(11, 19),
  y: (date) => two(date.getUTCFullYear() % 100),
  Y: (date) => String(date.getUTCFullYear()),
  z: () => '+0000',
  Z: () => 'UTC',
  '%': () => '%',
};

/** The most seconds whose text is remembered: requests that end together began at several. */
const REMEMBERED = 64;

/** A time to the second as text, which is made once a second. @throws RangeError naming a field that is unknown. */
export function secondsAs(format: string): (milliseconds: number) => string {
  const pieces = format.split(/(%.)/s).map((piece): string | Field => {
    if (!piece.startsWith('%')) return piece;
    const field = Object.hasOwn(FIELDS, piece.slice(1)) ? FIELDS[piece.slice(1)] : undefined;
    if (field === undefined) throw new RangeError(`unknown field ${piece} in the time format "${format}"`);
    return field;
  });
  const known = new Map<number, string>();
  let last = Number.NaN;
  let lastText = '';
  return (milliseconds) => {
    const second = Math.floor(milliseconds / 1000);
    if (second === last) return lastText;
    let text = known.get(second);
    if (text === undefined) {
      const date = new Date(second * 1000);
      text = pieces.map((piece) => (typeof piece === 'string' ? piece : piece(date))).join('');
      if (known.size >= REMEMBERED) known.clear();
      known.set(second, text);
    }
    last = second;
    lastText = text;
    return text;
  };
}
