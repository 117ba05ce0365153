// What stands around the picture: the sentence of each database, the tables, the events.

import {h} from './dom.js';
import {ago, bytes, duration, fullTime, number, plural, rate, timeOfDay} from './text.js';
import {lag, wrong} from './topology.js';

const SEVERITIES = {INFO: ['info', 'Info'], WARNING: ['warning', 'Warning'], ERROR: ['error', 'Error']};

export function banner(database) {
  const state = database.healthy ? 'good' : database.primary === null ? 'error' : 'warning';
  return h('div', {class: `banner ${state}`},
    h('div', {class: 'sentences'},
      h('h2', null, database.name, ' ', h('span', {class: 'verdict'}, database.healthy ? 'all well' : 'not well')),
      h('p', {class: 'summary', 'aria-live': 'polite'}, database.summary),
      h('p', {class: 'readiness'}, database.readiness),
      h('p', {class: 'chips'},
        chip(`epoch ${number(database.epoch)}`, 'Grows with every change of the primary; no write leaves under an older one'),
        chip(`protection: ${database.protection.toLowerCase()}`, 'What the database trades between speed and safety: in availability commits wait for a replica while there is one'),
        database.paused && chip('paused', 'No automatic failover until somebody resumes it', 'warning'),
        database.restart !== null && chip(`restart: ${database.restart}`, 'Where the rolling restart is that is on its way', 'moving'),
        database.switchover !== null && chip(`switchover: ${database.switchover.toLowerCase()}`, 'The step of the switchover that is on its way', 'moving'))),
    h('div', {class: 'commands'},
      h('button', {'data-command': 'switchover', 'data-database': database.name, disabled: database.switchover !== null}, 'Switch over…'),
      h('button', {class: 'quiet', 'data-command': database.paused ? 'resume' : 'pause', 'data-database': database.name},
        database.paused ? 'Resume…' : 'Pause…'),
      h('button', {class: 'quiet', 'data-command': 'restart', 'data-database': database.name, disabled: database.restart !== null, title: 'All its servers, one after the other'}, 'Restart…'),
      h('button', {class: 'quiet', 'data-command': 'failover', 'data-database': database.name, title: 'Also against a primary that hangs: it is said first what would be lost'}, 'Force failover…')));
}

const chip = (text, explanation, kind = '') => h('span', {class: `chip ${kind}`, title: explanation}, text);

// How fast it is answered, of the last minute; and what failed, by its kind.
const PACE = [
  ['Requests', 'Answered per second, over the last minute', 'number'],
  ['p50', 'Half of the requests of the last minute took no longer, from the first byte to the last of the answer', 'number'],
  ['p99', '99 of 100 requests of the last minute took no longer', 'number'],
];

function pace(requests) {
  const recent = requests?.recent ?? null;
  if (recent === null || recent.count === 0) {
    const why = requests ? 'Nothing in the last minute' : 'Requests cannot be told apart here';
    return [h('td', {class: 'number', title: why}, recent === null ? '–' : '0/s'), ...[0, 0].map(() => h('td', {class: 'number', title: why}, '–'))];
  }
  const over = `Of ${number(recent.count)} requests in ${number(recent.seconds)} s`;
  return [
    h('td', {class: 'number', title: `${over}; ${number(requests.count)} since the node started`}, rate(recent.perSecond)),
    h('td', {class: 'number', title: `${over}; ${duration(requests.p50Micros)} since the node started`}, duration(recent.p50Micros)),
    h('td', {class: 'number', title: `${over}; ${duration(requests.p99Micros)} since the node started`}, duration(recent.p99Micros)),
  ];
}

function failed(requests, errors) {
  const kinds = Object.entries(errors ?? {}).sort((a, b) => b[1] - a[1]).map(([kind, count]) => `${number(count)} ${kind}`).join(', ');
  return amount(requests?.failures ?? 0, `Answered with an error since the node started${kinds ? `: ${kinds}` : ''}`, 'warning');
}

export function members(database, listeners) {
  return table('Members', [
    ['Member', 'Its name in the configuration'],
    ['Role', 'What the agent on its machine sees it do'],
    ['State', 'What the agent says about it'],
    ['', 'What can be done with it'],
    ['Requests', 'That it answered per second, through the listeners of this node, over the last minute', 'number'],
    ['p99', '99 of 100 of them took no longer; of several listeners, at the slowest', 'number'],
    ['Lag', "How far what its readers see is behind the primary's log", 'number'],
    ['Position', 'The end of its log: as PostgreSQL writes it, or the number of the last transaction, as MariaDB does'],
    ['Safe', 'Whether it has every commit that a client was told of'],
    ['Node', 'The machine that it lives on'],
    ['Address', 'Where the server listens'],
  ], database.members.map(member => [
    h('th', {scope: 'row'}, member.name),
    h('td', null, h('span', {class: `role ${wrong(member) ? 'wrong' : member.role}`}, member.role)),
    h('td', {class: 'text'}, member.state, member.busy !== null && h('span', {class: 'busy'}, ` ${member.busy}`)),
    does([member.offline ? 'online' : 'offline', member.offline ? 'Into use…' : 'Out of use…', {'data-database': database.name, 'data-member': member.name}]),
    ...answered(listeners.map(listener => listener.members[member.name]?.recent).filter(recent => recent)),
    h('td', {class: 'number', title: lag(member) === null ? 'Not known, or not a replica' : "What of the primary's log is not visible here yet"}, lag(member) ?? '–'),
    h('td', {class: 'mono', title: 'Position in the log'}, member.position || '–'),
    h('td', {title: member.synchronous ? 'It has every commit that a client was told of' : 'It may lack the newest commits, or it is the primary'}, member.synchronous ? '✓ synchronous' : '–'),
    h('td', {title: 'The machine that it lives on'}, member.node),
    h('td', {class: 'mono'}, member.address),
  ]));
}

function answered(recent) {
  const all = recent.reduce((sum, each) => sum + each.perSecond, 0);
  const failures = recent.reduce((sum, each) => sum + each.failures, 0);
  return [
    h('td', {class: 'number', title: `Over the last minute; ${number(failures)} with an error`}, recent.length === 0 ? '–' : rate(all)),
    h('td', {class: 'number', title: 'Over the last minute'}, all === 0 ? '–' : duration(Math.max(...recent.map(each => each.p99Micros)))),
  ];
}

const FIGURES = [
  ['Total', 'All of its time together, from the first byte of the request to the last of the answer, since the node started', 'number'],
  ['Count', 'How many were answered', 'number'],
  ['Failed', 'How many of them failed', 'number'],
  ['Mean', 'Total divided by count', 'number'],
  ['p95', '95 of 100 took no longer', 'number'],
  ['p99', '99 of 100 took no longer', 'number'],
  ['Most', 'The slowest one', 'number'],
];

// What took the time: each kind of statement or URL, without its values.
export function figures(title, kind, list, share) {
  return list.rows.length > 0 && table(`${title} (${list.rows.length} of ${number(list.kinds)})`,
    [[kind, 'What they have in common; numbers, texts and identifiers are left out'], ...FIGURES, share],
    list.rows.map(row => [
      h('th', {scope: 'row', class: 'kind', title: `listener ${row.listener}, first seen ${fullTime(row.firstSeen)}, last ${fullTime(row.lastSeen)}`}, row.text),
      h('td', {class: 'number'}, duration(row.totalMicros)),
      amount(row.count, 'Answered since the node started'),
      amount(row.failures, 'Failed since the node started', 'warning'),
      h('td', {class: 'number'}, duration(row.meanMicros)),
      h('td', {class: 'number'}, duration(row.p95Micros)),
      h('td', {class: 'number'}, duration(row.p99Micros)),
      h('td', {class: 'number'}, duration(row.mostMicros)),
      h('td', {class: 'number', title: share[1]}, kind === 'URL' ? bytes(row.bytes) : `${Math.floor(100 * row.onReplica / row.count)} %`),
    ]));
}

export function listeners(all, flow) {
  return table('Listeners', [
    ['Listener', 'Its name in the configuration'],
    ['Address', 'Where clients connect'],
    ['Clients', 'Connected now', 'number'],
    ['Waiting', 'Clients whose request is held until there is a primary', 'number'],
    ['Open', 'Transactions that are open on a primary now', 'number'],
    ...PACE,
    ['Failed', 'Statements that a server answered with an error, since the node started', 'number'],
    ['To primary', 'Statements per second over the last seconds', 'number'],
    ['To replicas', 'Statements per second over the last seconds', 'number'],
    ['Carried over', 'Transactions that were open, and COMMITs on their way, when their primary was lost, and whose clients did not notice, since the node started', 'number'],
    ['Refused', 'Connections refused since the node started: limit, wrong password, malformed bytes', 'number'],
    ['Interrupted', 'Requests answered with an error because their server went away, since the node started', 'number'],
    ['Unknown', 'Writes whose client was told that the outcome is unknown, since the node started', 'number'],
    ['In', 'From clients, since the node started', 'number'],
    ['Out', 'To clients, since the node started', 'number'],
  ], all.map(listener => [
    h('th', {scope: 'row', title: `${listener.protocol}, to database ${listener.database}`}, listener.name),
    h('td', {class: 'mono'}, listener.address),
    clients(listener),
    amount(listener.held, 'Clients whose request is held until there is a primary', 'warning'),
    amount(listener.openTransactions, 'Transactions open on a primary now'),
    ...pace(listener.requests),
    failed(listener.requests, listener.errors),
    h('td', {class: 'number', title: `${number(listener.onPrimary)} statements since the node started`}, rate(flow.of(listener.name).primary)),
    h('td', {class: 'number', title: `${number(listener.onReplicas)} statements since the node started`}, rate(flow.of(listener.name).replicas)),
    h('td', {class: 'number', title: `${number(listener.carriedOver.transactions)} transactions went on, ${number(listener.carriedOver.commits)} COMMITs were proven`}, number(listener.carriedOver.transactions + listener.carriedOver.commits)),
    amount(listener.refused, 'Connections refused since the node started'),
    amount(listener.interrupted, 'Requests answered with an error because their server went away', 'warning'),
    amount(listener.unknownOutcomes, 'Writes whose outcome the client was told is unknown', 'error'),
    ...volume(listener),
  ]));
}

const clients = listener => amount(listener.clients,
  `Connected now; ${number(listener.rate)} came in the last second, ${number(listener.sessions)} since the node started; the most at once were ${number(listener.mostClients)}`);

const volume = ({bytesIn, bytesOut}) => [
  h('td', {class: 'number', title: `${number(bytesIn)} bytes from clients since the node started`}, bytes(bytesIn)),
  h('td', {class: 'number', title: `${number(bytesOut)} bytes to clients since the node started`}, bytes(bytesOut)),
];

const SERVER_ORDER = {down: 0, unknown: 0, maintenance: 1, drain: 2, up: 3};
const worstFirst = (a, b) => Number(a.up) - Number(b.up) || Number(a.healthy) - Number(b.healthy);

export function backends(all) {
  return [...all].sort(worstFirst).map(backend => h('section', {class: 'card', 'aria-label': `Backend ${backend.name}`},
    h('h2', null, backend.name, ' ', h('span', {class: 'verdict'}, backend.healthy ? 'all well' : 'not well')),
    h('p', {class: 'summary'}, backend.summary, ' ', h('span', {class: 'soft', title: 'How servers are chosen; places taken in the last second; clients that wait for a place; how long the last minute took, all servers together'},
      `${backend.balance}, ${number(backend.rate)}/s, ${number(backend.queued)} waiting${lately(backend.requests.recent)}`)),
    servers(backend)));
}

const lately = recent => recent === null || recent.count === 0 ? '' : `, half within ${duration(recent.p50Micros)}, 99 of 100 within ${duration(recent.p99Micros)}`;

function servers(backend) {
  return table(`Servers of ${backend.name}`, [
    ['Server', 'Its name in the configuration, and where it listens'],
    ['State', 'Whether it gets new connections'],
    ['Why', 'The reason of its state, and its last check'],
    ['', 'What can be done with it'],
    ['Weight', 'The share that it has now', 'number'],
    ['Connections', 'Open now, of how many it may have', 'number'],
    ['Rate', 'New connections in the last second', 'number'],
    ['p50', 'Of the last minute half took no longer: HTTP until the last byte of the answer, TCP until the connection stood', 'number'],
    ['p99', 'Of the last minute 99 of 100 took no longer', 'number'],
    ['Total', 'Connections since the node started', 'number'],
    ['In', 'To it from clients, since the node started', 'number'],
    ['Out', 'From it to clients, since the node started', 'number'],
    ['Failed', 'Connections that could not be opened, or that it broke off', 'number'],
  ], [...backend.servers].sort((a, b) => SERVER_ORDER[a.state] - SERVER_ORDER[b.state]).map(server => [
    h('th', {scope: 'row'}, server.name, server.backup && h('span', {class: 'soft'}, ' backup'), h('span', {class: 'mono soft below'}, server.address)),
    h('td', null, h('span', {class: `role ${server.state === 'up' ? 'replica' : 'wrong'}`}, server.state)),
    h('td', {class: 'text'}, server.state === 'up' ? '' : server.why, ' ', h('span', {class: 'soft'}, checkText(server.check))),
    does(...doable(server).map(([command, text]) => [command, text, {'data-backend': backend.name, 'data-server': server.name}])),
    h('td', {class: 'number', title: 'Its share is this, of the sum of all weights'}, number(server.weight)),
    h('td', {class: 'number', title: `The most at once were ${number(server.mostConnections)}`}, number(server.connections), server.limit === null ? '' : ` / ${number(server.limit)}`),
    h('td', {class: 'number', title: `In the last second; at most ${number(server.mostRate)}`}, number(server.rate)),
    ...pace(server.requests).slice(1),
    h('td', {class: 'number', title: 'Since the node started'}, number(server.sessions)),
    ...volume(server.traffic),
    amount(server.traffic.connectErrors + server.traffic.responseErrors + server.traffic.serverAborts, serverErrors(server.traffic), 'warning'),
  ]));
}

// The buttons of a row.
const does = (...commands) => h('td', {class: 'does'}, commands.map(([command, text, about]) =>
  h('button', {class: 'quiet small', 'data-command': command, 'aria-label': `${text.replace('…', '')} ${about['data-server'] ?? about['data-member'] ?? about['data-address']}`, ...about}, text)));

function doable(server) {
  const wanted = server.state === 'maintenance' || server.state === 'drain';
  return [
    ...wanted ? [['ready', 'Ready…']] : [['drain', 'Drain…']],
    ...server.state === 'maintenance' ? [] : [['maintenance', 'Out of use…']],
    ['weight', 'Weight…'],
  ];
}

const serverErrors = traffic => `${number(traffic.connectErrors)} connections could not be opened, ${number(traffic.serverAborts)} were broken off by it, ${number(traffic.responseErrors)} answers were broken, ${number(traffic.answers[4])} had a status from 500 on`;

const checkText = check => check.code === '' ? 'not checked'
  : check.secondsAgo === null ? 'not checked yet'
  : `${check.code} ${check.text}, ${number(check.millis)} ms, ${number(check.secondsAgo)} s ago`;

export function balancingListeners(all) {
  return table('Balancing listeners', [
    ['Listener', 'Its name in the configuration'],
    ['Address', 'Where clients connect'],
    ['Backend', 'Where they are led to'],
    ['Clients', 'Connected now', 'number'],
    ['Waiting', 'Clients that wait for a place at a server', 'number'],
    ['Total', 'Clients since the node started', 'number'],
    ['In', 'From clients, since the node started', 'number'],
    ['Out', 'To clients, since the node started', 'number'],
    ...PACE,
    ['Requests in all', 'Over HTTP, since the node started and in the last second', 'number'],
    ['4xx', 'Answers with a status of 400 to 499, since the node started', 'number'],
    ['5xx', 'Answers with a status of 500 to 599, since the node started', 'number'],
    ['Failed', 'Clients and requests that were turned away or got no answer, since the node started', 'number'],
  ], all.map(listener => [
    h('th', {scope: 'row', title: listener.protocol}, listener.name),
    h('td', {class: 'mono'}, listener.address),
    h('td', null, listener.backend || '–'),
    clients(listener),
    amount(listener.held, 'Clients that wait for a place at a server', 'warning'),
    amount(listener.sessions, 'Clients since the node started'),
    ...volume(listener),
    ...pace(listener.requests),
    ...(listener.http === null ? Array.from({length: 3}, () => h('td', {class: 'number'}, '–')) : requests(listener.http)),
    amount(listener.refused + listener.interrupted, listener.http === null
      ? 'Clients turned away, or whose server could not be reached' : failures(listener.http), 'warning'),
  ]));
}

const requests = http => [
  h('td', {class: 'number', title: `${number(http.own)} of them were answered by no server`}, `${number(http.requests)} (${number(http.rate)}/s)`),
  amount(http.answers[3], 'Answers with a status of 400 to 499'),
  amount(http.answers[4], 'Answers with a status of 500 to 599', 'warning'),
];

const failures = http => [
  [http.malformed, 'malformed'], [http.late, 'too late'], [http.denied, 'denied'], [http.unavailable, 'without a server'],
  [http.broken, 'broken off by the server'], [http.slow, 'not answered in time'], [http.clientAborts, 'given up by the client'],
].filter(([count]) => count > 0).map(([count, what]) => `${number(count)} ${what}`).join(', ') || 'None';

export function addresses(all) {
  return table('Addresses', [
    ['Address', 'Its name in the configuration'],
    ['IP', 'The address and the length of its prefix'],
    ['Follows', 'What decides which machine has it'],
    ['Node', 'The machine that shall have it now'],
    ['Interface', 'Where it is set on this machine'],
    ['State', 'What this node does about it, and why'],
    ['', 'What can be done with it'],
  ], all.map(address => [
    h('th', {scope: 'row'}, address.name),
    h('td', {class: 'mono'}, address.address),
    h('td', {title: 'What decides which machine has it'}, address.follows),
    h('td', {title: 'The machine that shall have it now'}, address.node ?? '–'),
    h('td', {class: 'mono'}, address.networkInterface || '–'),
    h('td', {class: 'text'}, h('span', {class: `role ${address.healthy ? '' : 'wrong'}`}, address.state), ` ${address.sentence}`),
    does(['move', 'Move…', {'data-address': address.name}], ['balance', 'Balance…', {'data-address': address.name}]),
  ]));
}

export function nodes(all) {
  return table('Nodes', [
    ['Node', 'Its name in the configuration'],
    ['Address', 'By which the others reach it'],
    ['Decides', 'One node decides for all; another one goes on when it is lost'],
    ['Votes', 'A majority of the voters is needed for every decision'],
    ['Version', 'Of Shoestring'],
    ['State', 'What this node heard of it last'],
  ], all.map(node => [
    h('th', {scope: 'row'}, node.name),
    h('td', {class: 'mono'}, node.address),
    h('td', {title: 'One node decides for all'}, node.decides ? 'yes' : '–'),
    h('td', {title: 'A majority of the voters is needed for every decision'}, node.votes ? 'yes' : '–'),
    h('td', null, node.version || '–'),
    h('td', {class: 'text'}, h('span', {class: `role ${node.healthy ? '' : 'wrong'}`}, node.healthy ? 'well' : 'not well'), ` ${node.state}`),
  ]));
}

export const amount = (value, explanation, kind = '') =>
  h('td', {class: `number ${value > 0 ? kind : 'none'}`, title: explanation}, number(value));

export function table(caption, columns, rows) {
  return h('div', {class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption},
    h('table', null,
      h('caption', null, caption),
      h('thead', null, h('tr', null, columns.map(([name, explanation, kind]) => h('th', {scope: 'col', class: kind, title: explanation}, name)))),
      h('tbody', null, rows.map(cells => h('tr', null, explained(cells, columns))))));
}

// What does not explain itself is explained as its column is.
function explained(cells, columns) {
  const all = cells.flat().filter(cell => cell);
  if (all.length === columns.length) {
    all.forEach((cell, index) => cell.title || cell.setAttribute('title', columns[index][1]));
  }
  return all;
}

export function eventList(events, nowMillis, shown, nodes) {
  const newest = [...events].sort((a, b) => Date.parse(b.at) - Date.parse(a.at) || b.sequence - a.sequence);
  return h('section', {class: 'card events', 'aria-labelledby': 'events'},
    h('h2', {id: 'events'}, 'Events'),
    newest.length === 0 && h('p', {class: 'soft'}, 'Nothing has happened yet.'),
    h('ol', null, newest.slice(0, shown).map(event => eventRow(event, nowMillis, nodes > 1))),
    newest.length > shown && h('button', {class: 'quiet', 'data-command': 'more'}, `Show ${plural(newest.length - shown, 'older event')}`));
}

function eventRow(event, nowMillis, several) {
  const [kind, word] = SEVERITIES[event.severity] ?? ['info', event.severity];
  return h('li', {class: kind, 'data-key': `event ${event.sequence}`},
    h('time', {datetime: event.at, title: fullTime(event.at)}, h('span', null, timeOfDay(event.at)), ' ',
      h('span', {class: 'soft'}, ago((nowMillis - Date.parse(event.at)) / 1000))),
    h('span', {class: 'severity'}, word),
    h('span', {class: 'what'}, event.text,),
    h('span', {class: 'soft about', title: event.epoch ? 'Database, and its epoch at that time' : 'What it is about'},
      [event.database ?? 'node', event.epoch ? ` · epoch ${number(event.epoch)}` : '', several && event.node ? ` · noted by ${event.node}` : ''].join(''), ' ',
      h('button', {class: 'quiet small compare', 'data-moment': Date.parse(event.at), title: 'Compare what came before this with what came after it', 'aria-label': `compare before and after: ${event.text}`}, 'compare')));
}
