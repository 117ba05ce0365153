// Graphs of what every node has kept, over any range, with the events on the time axis.

import {h, svg} from './dom.js';
import {bytes, fullTime, number, seconds, timeOfDay} from './text.js';

const RANGES = [[900, '15 min'], [3600, '1 h'], [21600, '6 h'], [86400, '1 day'], [604800, '1 week'], [2592000, '30 days'], [31536000, '1 year']];
const HEIGHT = 150;
const LEFT = 62;
const RIGHT = 10;
const TOP = 10;
const BOTTOM = 22;
const MARKS = 60;
const per = format => value => `${format(value)}/s`;
const percent = value => `${value >= 10 || value === 0 ? Math.round(value) : value.toFixed(1)} %`;
const count = value => value < 10 && value % 1 ? value.toFixed(1) : number(value);

// What is drawn where: a title, the series (its last part names the line), how a value is written.
const machine = (title, series, format, top) => ({title, series: [`machine.${series}`], format, top});
const listener = (title, series, format) => ({title, series: [`listener.*.${series}`], last: series, format});
const member = (title, series, format, top) => ({title, series: [`member.*.${series}`], last: series, format, top});

const backend = (title, series, format) => ({title, series: [`backend.*.${series}`], last: series, format});
const server = (title, series, format) => ({title, series: [`server.*.${series}`], last: series, format});

export const GRAPHS = {
  overview: [
    listener('Requests', 'requests', per(count)), listener('Failed requests', 'failures', per(count)),
    listener('99 of 100 requests took no longer than', 'p99', seconds), machine('Processors', 'cpu.busy', percent, 100)],
  databases: [
    member('Connections', 'connections', count), member('Sessions that wait for a lock', 'waiting', count),
    member('Replica behind, in time', 'lag.seconds', seconds), member('Replica behind, in log', 'lag.bytes', bytes),
    member('Requests answered', 'requests', per(count)), member('99 of 100 answers took no longer than', 'p99', seconds),
    member('Oldest transaction', 'oldest', seconds), member('Cache hits', 'hits', percent)],
  traffic: [
    listener('Requests', 'requests', per(count)), listener('Failed requests', 'failures', per(count)),
    listener('Half took no longer than', 'p50', seconds), listener('99 of 100 took no longer than', 'p99', seconds),
    listener('Clients', 'clients', count), listener('Waiting clients', 'waiting', count),
    listener('From clients', 'in', per(bytes)), listener('To clients', 'out', per(bytes)),
    backend('Requests of backends', 'requests', per(count)), backend('Waiting for a place', 'queue', count),
    backend('Backends: half took no longer than', 'p50', seconds), backend('Backends: 99 of 100 took no longer than', 'p99', seconds),
    server('Connections of servers', 'connections', count), server('Servers: 99 of 100 took no longer than', 'p99', seconds)],
  machines: [
    machine('Processors', 'cpu.busy', percent, 100), machine('Processors waiting for a disk', 'cpu.iowait', percent, 100),
    machine('Load', 'load', count), machine('Memory that is left', 'memory.available', bytes),
    machine('Disk busy', 'disk.busy', percent, 100), machine('Room that is left', 'room', percent, 100),
    machine('Disk read', 'disk.read', per(bytes)), machine('Disk written', 'disk.written', per(bytes)),
    machine('Network in', 'network.received', per(bytes)), machine('Network out', 'network.sent', per(bytes))],
};

export class Graphs {
  #range = {seconds: 3600, to: null};
  #data = null;
  #view = '';
  #cursor = null;
  #drag = null;
  #asked = 0;
  #turn = 0;
  #redraw;

  constructor(redraw) {
    this.#redraw = redraw;
  }

  /** Asks for what the view shows; what it showed stays until the answer is there. */
  async ask(view, width, nowMillis) {
    const graphs = GRAPHS[view];
    if (!graphs) {
      return;
    }
    if (view !== this.#view) {
      this.#view = view;
      this.#data = null;
      this.#cursor = null;
    }
    const to = Math.floor(this.#range.to ?? nowMillis / 1000);
    const names = [...new Set(graphs.flatMap(graph => graph.series))].join(',');
    const turn = ++this.#asked;
    const answer = await fetch(`/api/v1/history?series=${names}&from=${to - this.#range.seconds}&to=${to}&points=${Math.max(100, Math.min(600, Math.floor(width / 2)))}`).catch(() => null);
    if (answer?.ok && turn === this.#asked) {
      this.#data = await answer.json();
      this.#cursor = this.#cursor === null ? null : Math.min(this.#cursor, this.#data.count - 1);
      this.#turn = turn;
      this.#redraw();
    }
  }

  /** Of this view, drawn. */
  section(view, width, events) {
    const graphs = GRAPHS[view];
    if (!graphs || !this.#data || view !== this.#view) {
      return null;
    }
    const marksNow = [...events];
    const version = JSON.stringify([view, width, this.#turn, this.#cursor, this.#drag, this.#range, marksNow.length]);
    if (document.querySelector('[data-key=graphs]')?.dataset.version === version) {
      return h('section', {'data-key': 'graphs', 'data-version': version});
    }
    const columns = width >= 760 ? 2 : 1;
    const each = Math.floor((width - (columns - 1) * 28) / columns);
    const from = Date.parse(this.#data.from) / 1000;
    const span = {from, to: from + this.#data.seconds * this.#data.count, data: this.#data};
    const marks = marksNow.filter(event => inside(event, span)).sort((a, b) => rank(b) - rank(a)).slice(0, MARKS);
    const drawn = graphs.map(graph => [graph, lines(graph, this.#data)]).filter(([, all]) => all.length > 0);
    return h('section', {class: 'card graphs', 'data-key': 'graphs', 'data-version': version},
      this.#controls(span),
      drawn.length === 0 && h('p', {class: 'soft'}, 'Nothing was measured in this time.'),
      h('div', {class: columns === 2 ? 'grid two' : 'grid'}, drawn.map(([graph, all]) => this.#graph(graph, all, each, span, marks))));
  }

  #controls(span) {
    const button = (text, value, pressed, label) => h('button', {class: 'quiet', 'data-graph': value, 'aria-pressed': pressed ? 'true' : 'false', title: label, 'aria-label': text.length === 1 && label}, text);
    return h('div', {class: 'ranges', role: 'group', 'aria-label': 'Time that is shown'},
      button('◂', 'earlier', false, 'Earlier'),
      RANGES.map(([size, text]) => button(text, size, size === this.#range.seconds, `The last ${text}`)),
      button('▸', 'later', false, 'Later'),
      this.#range.to !== null && button('now', 'now', false, 'Go on with what happens'),
      h('span', {class: 'soft', title: `A point is ${number(span.data.seconds)} s; drag over a graph to see that part, double-click to go back`},
        `${timeLabel(span.from, span)} – ${this.#range.to === null ? 'now' : timeLabel(span.to, span)}`));
  }

  /** A press on one of the buttons. */
  press(value, nowMillis) {
    const {seconds: size} = this.#range;
    this.#cursor = null;
    const end = this.#range.to ?? nowMillis / 1000;
    this.#range = value === 'now' ? {seconds: size, to: null}
      : value === 'earlier' ? {seconds: size, to: end - size / 2}
      : value === 'later' ? {seconds: size, to: end + size / 2 >= nowMillis / 1000 ? null : end + size / 2}
      : {seconds: Number(value), to: this.#range.to};
  }

  /** Follows the pointer, the keys, and what is dragged; true if another range is wanted. */
  handle(event) {
    const figure = event.target.closest?.('svg.graph');
    if (!figure || !this.#data) {
      return this.#leave();
    }
    const width = figure.clientWidth || 1;
    const inner = width - LEFT - RIGHT;
    const share = Math.max(0, Math.min(1, (event.clientX - figure.getBoundingClientRect().left - LEFT) / inner));
    if (event.type === 'keydown') {
      return this.#key(event);
    }
    this.#cursor = Math.min(this.#data.count - 1, Math.floor(share * this.#data.count));
    if (event.type === 'pointerdown') {
      this.#drag = this.#cursor;
    } else if (event.type === 'pointerup' && this.#drag !== null) {
      return this.#zoom();
    } else if (event.type === 'dblclick') {
      this.#range = {seconds: Math.min(31536000, this.#range.seconds * 4), to: this.#range.to};
      return true;
    }
    this.#redraw();
    return false;
  }

  #leave() {
    if (this.#cursor !== null) {
      this.#cursor = null;
      this.#drag = null;
      this.#redraw();
    }
    return false;
  }

  #key(event) {
    const step = {ArrowLeft: -1, ArrowRight: 1}[event.key];
    if (!step) {
      return false;
    }
    event.preventDefault();
    const last = this.#data.count - 1;
    this.#cursor = Math.max(0, Math.min(last, (this.#cursor ?? last) + step * (event.shiftKey ? 10 : 1)));
    this.#redraw();
    return false;
  }

  #zoom() {
    const [first, last] = [this.#drag, this.#cursor].sort((a, b) => a - b);
    this.#drag = null;
    if (last - first < 3) {
      this.#redraw();
      return false;
    }
    const from = Date.parse(this.#data.from) / 1000;
    this.#range = {seconds: Math.max(30, (last - first) * this.#data.seconds), to: from + last * this.#data.seconds};
    this.#cursor = null;
    return true;
  }

  #graph(graph, all, width, span, marks) {
    const inner = width - LEFT - RIGHT;
    const x = index => LEFT + (index + 0.5) / span.data.count * inner;
    const highest = Math.max(...all.flatMap(line => line.highs.filter(value => value !== null)), 0);
    const top = graph.top ?? niceAbove(highest);
    const y = value => TOP + (1 - Math.min(1, value / top)) * (HEIGHT - TOP - BOTTOM);
    const at = second => LEFT + (second - span.from) / (span.to - span.from) * inner;
    return h('figure', {class: 'graph', 'data-key': `graph ${graph.title}`},
      h('figcaption', null, h('b', null, graph.title), ' ', this.#reading(graph, all, span)),
      svg('svg', {class: 'graph', width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`, tabindex: 0, role: 'img', 'aria-label': inWords(graph, all)},
        [0, 0.5, 1].map(share => [
          svg('line', {class: 'rule', x1: LEFT, x2: width - RIGHT, y1: y(top * share), y2: y(top * share)}),
          svg('text', {class: 'tick', x: LEFT - 8, y: y(top * share) + 4, 'text-anchor': 'end'}, graph.format(top * share)),
        ]),
        timeTicks(span, inner).map(second => svg('text', {class: 'tick', x: at(second), y: HEIGHT - 5, 'text-anchor': 'middle'}, timeLabel(second, span))),
        this.#drag !== null && this.#cursor !== null && svg('rect', {class: 'chosen', x: Math.min(x(this.#drag), x(this.#cursor)), y: TOP, width: Math.abs(x(this.#drag) - x(this.#cursor)), height: HEIGHT - TOP - BOTTOM}),
        marks.map(event => svg('g', {class: `mark ${event.severity.toLowerCase()}`},
          svg('title', null, `${fullTime(event.at)}: ${event.text}`),
          svg('line', {x1: at(Date.parse(event.at) / 1000), x2: at(Date.parse(event.at) / 1000), y1: TOP, y2: HEIGHT - BOTTOM}),
          svg('path', {d: `M${at(Date.parse(event.at) / 1000)} ${HEIGHT - BOTTOM}l-4 6h8z`}))),
        all.map((line, index) => svg('g', {class: `series s${index % 6}`},
          svg('path', {class: 'high', d: area(line, x, y)}),
          svg('path', {class: 'mean', d: path(line.means, x, y)}))),
        this.#cursor !== null && svg('line', {class: 'cursor', x1: x(this.#cursor), x2: x(this.#cursor), y1: TOP, y2: HEIGHT - BOTTOM})));
  }

  /** The newest values, or those under the cursor, which are the legend at the same time. */
  #reading(graph, all, span) {
    const index = this.#cursor;
    const value = line => index === null ? line.means.findLast(each => each !== null) : line.means[index];
    return [
      h('span', {class: 'legend'}, all.slice(0, 8).map((line, i) => h('span', {class: `key s${i % 6}`, title: line.name}, `${line.label} ${value(line) === null || value(line) === undefined ? '–' : graph.format(value(line))}`))),
      index !== null && h('span', {class: 'soft'}, ` ${timeOfDay((span.from + index * span.data.seconds) * 1000)}`),
    ];
  }
}

const rank = event => ({ERROR: 2, WARNING: 1}[event.severity] ?? 0) * 1e15 + Date.parse(event.at);

const inside = (event, span) => Date.parse(event.at) / 1000 >= span.from && Date.parse(event.at) / 1000 <= span.to;

const prefix = graph => graph.series[0].split('*')[0];

function lines(graph, data) {
  const several = data.nodes.length > 1;
  return data.nodes.flatMap(({node, series}) => series
    .filter(each => graph.last ? each.name.startsWith(prefix(graph)) && each.name.endsWith(`.${graph.last}`) : each.name === graph.series[0])
    .filter(each => each.means.some(value => value !== null))
    .map(each => {
      const own = graph.last ? each.name.slice(prefix(graph).length, -graph.last.length - 1) : '';
      return {...each, label: [own, several || !own ? node : ''].filter(Boolean).join(' @ ')};
    }));
}

function path(values, x, y) {
  let pen = 'M';
  return values.map((value, index) => {
    if (value === null) {
      pen = 'M';
      return '';
    }
    const step = `${pen}${x(index).toFixed(1)} ${y(value).toFixed(1)}`;
    // A point between two gaps is to be seen, too.
    const alone = pen === 'M' && (values[index + 1] ?? null) === null ? 'h1' : '';
    pen = 'L';
    return step + alone;
  }).join('');
}

function area(line, x, y) {
  return line.highs.map((high, index) => high === null || high <= line.means[index] * 1.001 ? ''
    : `M${x(index).toFixed(1)} ${y(line.means[index]).toFixed(1)}V${y(high).toFixed(1)}`).join('');
}

function niceAbove(value) {
  if (value <= 0) {
    return 1;
  }
  const step = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map(factor => factor * step).find(each => each >= value * 1.0001);
}

function timeTicks(span, inner) {
  // A range is a point or two longer than was asked for: not for that the labels become fewer.
  const wanted = 0.9 * (span.to - span.from) / Math.max(2, Math.floor(inner / 110));
  const step = [10, 30, 60, 300, 900, 1800, 3600, 7200, 21600, 43200, 86400, 172800, 604800, 2592000, 7776000].find(each => each >= wanted) ?? 31536000;
  const offset = new Date().getTimezoneOffset() * 60;
  const first = Math.ceil((span.from - offset) / step) * step + offset;
  return Array.from({length: 12}, (_, index) => first + index * step).filter(second => second < span.to - (span.to - span.from) / 30 && second > span.from + (span.to - span.from) / 40);
}

const minute = new Intl.DateTimeFormat('en-GB', {hour: '2-digit', minute: '2-digit'});
const day = new Intl.DateTimeFormat('en-GB', {day: 'numeric', month: 'short'});

function timeLabel(second, span) {
  const date = new Date(second * 1000);
  const size = span.to - span.from;
  return size <= 900 ? timeOfDay(date) : size <= 100_000 ? minute.format(date) : size <= 700_000 ? `${day.format(date)} ${minute.format(date)}` : day.format(date);
}

function inWords(graph, all) {
  return `${graph.title}: ${all.map(line => {
    const known = line.means.filter(value => value !== null);
    return `${line.label} now ${graph.format(known.at(-1))}, highest ${graph.format(Math.max(...line.highs))}`;
  }).join('; ')}. The arrow keys go through it.`;
}
