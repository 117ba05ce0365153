// The page follows the node's event stream and draws what it says, a few times a second at most.

import {h, morphChildren} from './dom.js';
import {Flow} from './flow.js';
import {ago} from './text.js';
import {topology} from './topology.js';
import {addresses, backends, balancingListeners, banner, eventList, figures, listeners, members, nodes} from './tables.js';
import {machines, servers, sizes, standbys, waits} from './machines.js';
import {Graphs} from './graphs.js';
import {Changes, chosen} from './changes.js';
import {Stories} from './stories.js';
import {open} from './commands.js';

const EVENTS = 200;
const FIGURES_MILLIS = 5_000;
const SIZES_MILLIS = 300_000;
const VIEWS = ['overview', 'databases', 'statements', 'urls', 'traffic', 'machines', 'changes', 'events'];
const SILENCE_MILLIS = 12_000;
const main = document.getElementById('main');
const connection = document.getElementById('connection');
const lost = document.getElementById('lost');

const flow = new Flow();
const events = new Map();
let status = null;
let lastHeardMillis = Date.now();
let skewMillis = 0;
let live = false;
let shownEvents = 30;
let retries = 0;
let drawn = 0;
let statements = {rows: [], kinds: 0};
let urls = {rows: [], kinds: 0};
let measured = [];
const sizesOf = new Map();
let view = viewOf(location);
const graphs = new Graphs(drawSoon);
const changes = new Changes(drawSoon);
const stories = new Stories(drawSoon);

const once = new URLSearchParams(location.search).has('once');

main.addEventListener('click', click => {
  const button = click.target.closest('[data-command]');
  const range = click.target.closest('[data-graph]');
  const span = click.target.closest('[data-span]');
  const moment = click.target.closest('[data-moment]');
  if (range) {
    graphs.press(range.dataset.graph, now());
    askGraphs();
  } else if (span) {
    changes.span(Number(span.dataset.span));
  } else if (moment) {
    changes.choose(Number(moment.dataset.moment));
    location.hash = 'changes';
  } else if (button?.dataset.command === 'more') {
    shownEvents = EVENTS;
    draw();
  } else if (button) {
    open(button.dataset, status);
  }
});
main.addEventListener('change', ({target}) => {
  const what = target.dataset.change;
  if (what && target.value !== '') {
    changes.choose(what === 'at' ? chosen(target.value) : Number(target.value));
  }
});
for (const kind of ['pointermove', 'pointerdown', 'pointerup', 'pointerleave', 'dblclick', 'keydown']) {
  main.addEventListener(kind, event => {
    if (graphs.handle(event)) {
      askGraphs();
    }
  });
}
addEventListener('hashchange', () => {
  view = viewOf(location);
  scrollTo(0, 0);
  askGraphs();
  askFigures();
  changes.ask();
  draw();
});
new ResizeObserver(drawSoon).observe(main);
if (once) {
  showOnce();
} else {
  follow();
  setInterval(eachSecond, 1000);
  askFigures();
  setInterval(askFigures, FIGURES_MILLIS);
  askGraphs();
  setInterval(() => document.hidden || askGraphs(), FIGURES_MILLIS);
}

function viewOf({hash}) {
  return VIEWS.includes(hash.slice(1)) ? hash.slice(1) : 'overview';
}

function now() {
  return Date.now() + skewMillis;
}

function askGraphs() {
  return graphs.ask(view, main.clientWidth, now());
}

async function showOnce() {
  const answers = await Promise.all(['/api/v1/status', `/api/v1/events?limit=${EVENTS}`].map(path => fetch(path)));
  const [whole, list] = await Promise.all(answers.map(answer => answer.json()));
  status = whole;
  await askFigures();
  await stories.ask(status.databases);
  list.events.forEach(event => events.set(event.sequence, event));
  draw();
}

async function askFigures() {
  askSizes();
  const limit = view === 'statements' || view === 'urls' ? 100 : 5;
  const answers = await Promise.all(['statements', 'urls'].map(what => fetch(`/api/v1/${what}?limit=${limit}`).catch(() => null)));
  if (answers.every(answer => answer?.ok)) {
    [statements, urls] = await Promise.all(answers.map(answer => answer.json()));
    drawSoon();
  }
  const answer = await fetch('/api/v1/machines').catch(() => null);
  if (answer?.ok) {
    measured = (await answer.json()).nodes;
    drawSoon();
  }
}

// A server counts them when it is asked, so it is asked only for who looks, and seldom.
async function askSizes() {
  for (const {name} of view === 'databases' && !document.hidden && status?.databases || []) {
    const known = sizesOf.get(name);
    if (known && Date.now() - known.askedMillis < SIZES_MILLIS) {
      continue;
    }
    sizesOf.set(name, {askedMillis: Date.now(), list: known?.list});
    const answer = await fetch(`/api/v1/sizes?database=${encodeURIComponent(name)}`).catch(() => null);
    if (answer?.ok) {
      sizesOf.get(name).list = await answer.json();
      drawSoon();
    } else {
      sizesOf.delete(name);
    }
  }
}

function follow() {
  const source = new EventSource(`/api/v1/stream?after=0&limit=${EVENTS}`);
  let watchdog;
  const heard = () => {
    watch();
    lastHeardMillis = Date.now();
  };
  const watch = () => {
    clearTimeout(watchdog);
    watchdog = setTimeout(fail, SILENCE_MILLIS);
  };
  const fail = () => {
    clearTimeout(watchdog);
    source.close();
    connectionLost();
  };
  const on = (name, use) => source.addEventListener(name, message => {
    heard();
    use(JSON.parse(message.data));
    drawSoon();
  });
  source.onopen = () => {
    heard();
    retries = 0;
    live = true;
    flow.forget();
    events.clear();
    drawSoon();
  };
  source.onerror = fail;
  on('status', value => {
    if (!status) {
      stories.askSoon(() => status.databases);
    }
    status = value;
  });
  on('event', event => {
    events.set(event.sequence, event);
    stories.askSoon(() => status?.databases ?? []);
  });
  on('alive', ({now}) => {
    skewMillis = Date.parse(now) - Date.now();
  });
  watch();
}

async function connectionLost() {
  live = false;
  draw();
  setTimeout(async () => {
    const answer = await fetch('/api/v1/status').catch(() => null);
    if (answer?.status === 401) {
      location.replace('/login');
    } else {
      follow();
    }
  }, Math.min(3000, 500 * 2 ** retries++));
}

function eachSecond() {
  if (live && status) {
    flow.take(status.listeners, performance.now());
  }
  draw();
}

function drawSoon() {
  if (!drawn) {
    drawn = requestAnimationFrame(draw);
  }
}

function draw() {
  cancelAnimationFrame(drawn);
  drawn = 0;
  drawConnection();
  if (!status) {
    return;
  }
  const unwell = [...status.databases, ...status.backends, ...status.addresses, ...status.nodes].filter(each => !each.healthy).length;
  const balancing = status.listeners.filter(listener => listener.database === '');
  const others = status.listeners.filter(listener => listener.database !== '');
  document.title = `${unwell ? '⚠ ' : ''}${status.cluster} – Shoestring`;
  const measuredMembers = measured.flatMap(node => node.members);
  document.getElementById('node').textContent = `node ${status.node}`;
  const width = Math.floor(main.clientWidth - (main.clientWidth < 600 ? 34 : 58));
  const worstFirst = [...status.databases].sort((a, b) => a.healthy - b.healthy);
  const card = (...content) => h('section', {class: 'card'}, content);
  const drawnGraphs = graphs.section(view, width, events.values());
  const all = {
    databases: () => worstFirst.map(database => databaseSection(database, width)),
    stories: most => worstFirst.map(({name}) => stories.section(name, most, now())),
    backends: () => backends(status.backends),
    balancing: () => balancing.length > 0 && card(balancingListeners(balancing)),
    listeners: () => (others.length > 0 || balancing.length === 0) && card(listeners(others, flow)),
    statements: () => card(figures('Statements', 'Statement', statements, ['Replica', 'How many of them a replica answered', 'number']) || nothing('No statement was measured yet on this node.')),
    urls: () => card(figures('URLs', 'URL', urls, ['Bytes', 'Of all answers together', 'number']) || nothing('No URL was measured yet on this node.')),
    addresses: () => status.addresses.length > 0 && card(addresses(status.addresses)),
    nodes: () => status.nodes.length > 0 && card(nodes(status.nodes)),
    machines: () => measured.length > 0 && card(machines(measured)),
    servers: () => measuredMembers.length > 0 && card(waits(measuredMembers), servers(measuredMembers), standbys(measuredMembers)),
    sizes: () => status.databases.map(({name}) => [name, sizesOf.get(name)?.list]).filter(([, list]) => list).map(([name, list]) => card(sizes(name, list))),
    changes: () => changes.section(events.values(), now()),
    events: () => eventList(events.values(), now(), view === 'events' ? EVENTS : shownEvents, status.nodes.length),
    wrong: () => [backends(status.backends.filter(each => !each.healthy)), status.addresses.some(each => !each.healthy) && card(addresses(status.addresses)), status.nodes.some(each => !each.healthy) && card(nodes(status.nodes))],
  };
  const shown = {
    overview: () => [all.wrong(), all.databases(), all.stories(1), drawnGraphs, status.databases.length === 0 && [all.backends(), all.balancing()], all.events()],
    databases: () => [all.databases(), all.stories(5), all.servers(), drawnGraphs, all.listeners(), all.sizes()],
    statements: () => all.statements(),
    urls: () => all.urls(),
    traffic: () => [all.backends(), all.balancing(), all.listeners(), drawnGraphs, all.addresses()],
    machines: () => [all.nodes(), all.machines(), drawnGraphs],
    changes: () => all.changes(),
    events: () => all.events(),
  };
  for (const link of document.querySelectorAll('#views a')) {
    link.toggleAttribute('aria-current', link.hash === `#${view}`);
  }
  morphChildren(main, h('div', null, shown[view]()));
}

const nothing = text => h('p', {class: 'soft'}, text);

function databaseSection(database, width) {
  const own = status.listeners.filter(listener => listener.database === database.name);
  return h('section', {class: 'card database', 'data-key': `database ${database.name}`},
    banner(database),
    h('figure', null, topology(database, own, flow, status.node, width)),
    members(database, own));
}

function drawConnection() {
  const silentSeconds = (Date.now() - lastHeardMillis) / 1000;
  const isLost = !live && !once && (status !== null || retries > 0);
  connection.textContent = live ? 'live' : isLost ? 'no connection' : once ? 'as of now' : 'connecting';
  connection.className = live ? 'live' : '';
  document.body.classList.toggle('stale', isLost);
  lost.hidden = !isLost;
  if (isLost) {
    const text = `Connection lost, trying again. What you see is from ${ago(Math.max(2, silentSeconds))}.`;
    lost.textContent = status ? text : 'The node does not answer, trying again.';
  }
}
