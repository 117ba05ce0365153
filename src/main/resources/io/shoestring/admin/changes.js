// What is different after a moment from what was before it, what became worst first.

import {h} from './dom.js';
import {table} from './tables.js';
import {duration, fullTime, number, rate, timeOfDay} from './text.js';

const SPANS = [[60, '1 min'], [300, '5 min'], [900, '15 min'], [3600, '1 h'], [21600, '6 h'], [43200, '12 h']];
const WHAT = {statement: 'Statement', url: 'URL', listener: 'Listener', backend: 'Backend', server: 'Server', member: 'Member'};

export class Changes {
  #at = null;
  #seconds = 300;
  #list = null;
  #problem = '';
  #asked = 0;
  #redraw;

  constructor(redraw) {
    this.#redraw = redraw;
  }

  /** The moment that is looked at, in milliseconds. */
  choose(millis) {
    this.#at = millis;
    this.#list = null;
    return this.ask();
  }

  span(seconds) {
    this.#seconds = seconds;
    return this.ask();
  }

  /** Asks once more: what came after the moment may have gone on. */
  async ask() {
    if (this.#at === null) {
      return;
    }
    const turn = ++this.#asked;
    const answer = await fetch(`/api/v1/changes?at=${new Date(this.#at).toISOString()}&seconds=${this.#seconds}`).catch(() => null);
    const told = await answer?.json().catch(() => null);
    if (turn === this.#asked) {
      this.#list = answer?.ok ? told : null;
      this.#problem = answer?.ok ? '' : told?.error ?? 'The node does not answer.';
      this.#redraw();
    }
  }

  /** Drawn: the choice of the moment, and what is different. */
  section(events, nowMillis) {
    return h('section', {class: 'card changes', 'data-key': 'changes'},
      h('h2', null, 'Before and after'),
      this.#controls(events, nowMillis),
      this.#problem !== '' && h('p', {class: 'error', role: 'alert'}, this.#problem),
      this.#at === null ? h('p', {class: 'soft'}, 'Choose an event, or a moment of the last day: what came after it is compared with what came before it.')
        : this.#list === null ? this.#problem === '' && h('p', {class: 'soft'}, 'Asking all nodes…') : this.#result());
  }

  #controls(events, nowMillis) {
    const newest = [...events].sort((a, b) => Date.parse(b.at) - Date.parse(a.at)).filter(event => nowMillis - Date.parse(event.at) < 86400_000).slice(0, 40);
    // A field that is given another value or limit loses what is being typed there, and the focus.
    return h('div', {class: 'choice'},
      h('label', null, 'Moment ', h('input', {type: 'datetime-local', step: 1, 'data-change': 'at', title: 'The moment, by the clock of this browser', value: this.#at === null ? '' : local(this.#at)})),
      newest.length > 0 && h('label', null, 'or event ', h('select', {'data-change': 'event', title: 'The moment of an event of the last day'},
        h('option', {value: ''}, 'choose'),
        newest.map(event => h('option', {value: Date.parse(event.at), selected: Date.parse(event.at) === this.#at}, `${timeOfDay(event.at)} ${event.text.slice(0, 70)}`)))),
      h('span', {class: 'ranges', role: 'group', 'aria-label': 'How long before and after it'},
        SPANS.map(([size, text]) => h('button', {class: 'quiet', 'data-span': size, 'aria-pressed': size === this.#seconds ? 'true' : 'false', title: `Compare ${text} before it with ${text} after it`}, text))));
  }

  #result() {
    const {before, after, rows, problems} = this.#list;
    return [
      problems.map(text => h('p', {class: 'warning', role: 'status'}, text)),
      h('p', {class: 'soft', title: 'By whole half minutes: the one of the moment itself belongs to neither'},
        `${timeOfDay(after.from)} – ${timeOfDay(after.to)}, compared with ${timeOfDay(before.from)} – ${timeOfDay(before.to)}`),
      rows.length === 0 ? h('p', {class: 'soft'}, 'Nothing came in these times.') : table('What changed', [
        ['What', 'A kind of statement or URL, or a place that requests go through'],
        ['Lost', 'How many more seconds clients wait in each second, for as many requests as now; a failure counts as a second. Below 0: it became better', 'number'],
        ['Difference', 'In words'],
        ['Usual', 'Of statements and URLs the mean, of others what half took no longer than: after the moment', 'number'],
        ['before', 'The same before the moment', 'number'],
        ['p99', '99 of 100 took no longer, after the moment: the mean of this of all seconds', 'number'],
        ['before', 'The same before the moment', 'number'],
        ['Rate', 'Answered per second, after the moment', 'number'],
        ['before', 'The same before the moment', 'number'],
        ['Failed', 'Of those per second, after the moment', 'number'],
        ['before', 'The same before the moment', 'number'],
      ], rows.map(row => this.#row(row)))];
  }

  #row(row) {
    const cell = (level, value, format, explanation) => h('td', {class: 'number', title: explanation},
      level === null || value(level) === null ? '–' : format(value(level)));
    const pair = (value, format, what) => [cell(row.after, value, format, `${what}, after`), cell(row.before, value, format, `${what}, before`)];
    const worse = row.worseSeconds > 0.1 ? 'error' : row.worseSeconds > 0.01 ? 'warning' : '';
    return [
      h('th', {scope: 'row', class: 'kind', title: row.listener ? `At listener ${row.listener}` : WHAT[row.what]},
        h('span', {class: 'soft'}, `${WHAT[row.what] ?? row.what} `), row.name),
      h('td', {class: `number ${worse}`, title: 'Seconds of waiting in each second'}, signed(row.worseSeconds)),
      h('td', {class: 'text'}, row.words),
      ...pair(level => level.usualMicros, micros => duration(Math.round(micros)), 'Usual time'),
      ...pair(level => level.p99Micros, micros => duration(Math.round(micros)), '99 of 100 took no longer'),
      ...pair(level => level.perSecond, rate, 'Answered per second'),
      ...pair(level => level.failuresPerSecond, rate, 'Failed per second'),
    ];
  }
}

const signed = value => `${value > 0 ? '+' : ''}${Math.abs(value) >= 100 ? number(value) : value.toFixed(Math.abs(value) < 1 ? 3 : 1)} s`;

// As the input field wants it: without a zone, by this browser's clock.
function local(millis) {
  const date = new Date(millis - new Date(millis).getTimezoneOffset() * 60_000);
  return date.toISOString().slice(0, 19);
}

// What the field says, in milliseconds.
export const chosen = value => new Date(value).getTime();
