// Numbers and times as people read them.

const whole = new Intl.NumberFormat('en', {maximumFractionDigits: 0});
const tenth = new Intl.NumberFormat('en', {maximumFractionDigits: 1});
const clock = new Intl.DateTimeFormat('en-GB', {timeStyle: 'medium'});
const full = new Intl.DateTimeFormat('en-GB', {dateStyle: 'full', timeStyle: 'long'});

export const number = value => whole.format(value);

export const plural = (count, one, many = one + 's') => `${number(count)} ${count === 1 ? one : many}`;

export function rate(perSecond) {
  return `${perSecond > 0 && perSecond < 10 ? tenth.format(perSecond) : whole.format(perSecond)}/s`;
}

export function bytes(count) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const step = count < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(count) / 3));
  return `${tenth.format(count / 1000 ** step)} ${units[step]}`;
}

export function ago(seconds) {
  if (seconds < 2) {
    return 'now';
  }
  const [size, unit] = [[86400, 'd'], [3600, 'h'], [60, 'min'], [1, 's']].find(([size]) => seconds >= size);
  return `${Math.floor(seconds / size)} ${unit} ago`;
}

export const timeOfDay = instant => clock.format(new Date(instant));

export const fullTime = instant => full.format(new Date(instant));

export const shorten = (text, length) => text.length > length ? text.slice(0, length - 1).trimEnd() + '…' : text;

// A duration in microseconds, as short as it can be told.
export function duration(micros) {
  if (micros < 1000) {
    return `${micros} µs`;
  }
  return micros < 1e6 ? `${(micros / 1000).toFixed(micros < 1e4 ? 2 : 1)} ms` : `${(micros / 1e6).toFixed(micros < 1e8 ? 1 : 0)} s`;
}

// A duration in seconds, as short as it can be told.
export function seconds(value) {
  return value === 0 ? '0 s' : value < 100 ? duration(Math.round(value * 1e6)) : value < 7200 ? `${number(value / 60)} min` : `${number(value / 3600)} h`;
}
