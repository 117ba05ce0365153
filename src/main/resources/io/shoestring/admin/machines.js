// What the machines do, and the database servers on them.

import {h} from './dom.js';
import {amount, table} from './tables.js';
import {bytes, number, plural, seconds} from './text.js';

const percent = value => `${value.toFixed(value < 10 ? 1 : 0)} %`;
const sum = (items, what) => items.reduce((all, item) => all + item[what], 0);
const num = (text, explanation, bad) => h('td', {class: `number ${bad ? 'warning' : ''}`, title: explanation}, text);

export function machines(nodes) {
  return table('Machines', [
    ['Node', 'The machine'],
    ['Load', 'Processes that want to run or wait for a disk: the means of 1, 5 and 15 minutes', 'number'],
    ['CPU', 'Of all processors together, in the last moments', 'number'],
    ['Disk wait', 'Time in which processors had nothing to do but to wait for a disk', 'number'],
    ['Memory free', 'What programs can get without swapping', 'number'],
    ['Swapped', 'Memory that is on the disk instead', 'number'],
    ['Disk read', 'In the last moments', 'number'],
    ['Written', 'In the last moments', 'number'],
    ['Disk busy', 'Of the last moments, the busiest disk', 'number'],
    ['Net in', 'In the last moments', 'number'],
    ['Out', 'In the last moments', 'number'],
    ['Least room', 'Of the file systems where something of ours is'],
  ], nodes.map(node => node.machine === null ? unknown(node, 12) : machine(node)));
}

const unknown = (node, columns) => [
  h('th', {scope: 'row'}, node.node),
  h('td', {class: 'text error', colspan: columns - 1}, node.problem),
];

function machine({node, machine: is}) {
  const busy = 100 - (is.cpuPercent.idle ?? 100) - (is.cpuPercent.iowait ?? 0);
  const share = room => room.free / Math.max(1, room.total);
  const least = [...is.fileSystems].sort((a, b) => share(a) - share(b))[0];
  const swapped = is.memory.swapTotal - is.memory.swapFree;
  return [
    h('th', {scope: 'row'}, node),
    num([is.load1, is.load5, is.load15].map(load => load.toFixed(2)).join(' '), plural(is.cpus, 'processor'), is.load5 > 4 * is.cpus),
    num(percent(busy), Object.entries(is.cpuPercent).map(([mode, value]) => `${mode} ${percent(value)}`).join(', '), busy > 95),
    num(percent(is.cpuPercent.iowait ?? 0), 'Waiting for a disk'),
    num(bytes(is.memory.available), `of ${bytes(is.memory.total)}`, is.memory.available < 0.1 * is.memory.total),
    num(bytes(swapped), `of ${bytes(is.memory.swapTotal)}`, swapped > 0.5 * is.memory.swapTotal),
    num(`${bytes(sum(is.disks, 'readBytesPerSecond'))}/s`, is.disks.map(disk => disk.name).join(', ')),
    num(`${bytes(sum(is.disks, 'writtenBytesPerSecond'))}/s`, is.disks.map(disk => disk.name).join(', ')),
    num(percent(Math.max(0, ...is.disks.map(disk => disk.busyPercent))), is.disks.map(disk => `${disk.name} ${percent(disk.busyPercent)}`).join(', ')),
    num(`${bytes(sum(is.interfaces, 'receivedBytesPerSecond'))}/s`, is.interfaces.map(each => each.name).join(', ')),
    num(`${bytes(sum(is.interfaces, 'sentBytesPerSecond'))}/s`, is.interfaces.map(each => each.name).join(', ')),
    least ? h('td', {class: share(least) < 0.1 ? 'warning' : '', title: `${least.what}: ${least.path}, of ${bytes(least.total)}`},
      `${bytes(least.free)} (${percent(100 * share(least))})`) : h('td', null, '–'),
  ];
}

export function servers(members) {
  return members.length > 0 && table('Database servers', [
    ['Member', 'Its name in the configuration'],
    ['Connections', 'Of how many it accepts', 'number'],
    ['Active', 'Connections with a statement that runs', 'number'],
    ['In transaction', 'Connections that have a transaction open and do nothing', 'number'],
    ['Waiting', 'Sessions that wait for a lock', 'number'],
    ['Oldest', 'For how long the oldest transaction has been open', 'number'],
    ['Cache hits', 'Blocks that were in its memory when they were wanted', 'number'],
    ['Deadlocks', 'Since its statistics were reset', 'number'],
    ['Checkpoints', 'PostgreSQL: due by time, and asked for by something else (many of the latter mean that max_wal_size is small). MariaDB: the age of the checkpoint, of the age at which commits wait', 'number'],
    ['Behind', 'Log that it has and has not applied, and how old what it shows is', 'number'],
    ['Slots', 'Replication slots, and the log that is kept for them', 'number'],
  ], members.map(member => member.problem !== null
    ? [h('th', {scope: 'row'}, `${member.database}/${member.member}`), h('td', {class: 'text error', colspan: 10}, member.problem)]
    : server(member)));
}

function server(member) {
  const {sessions, contents, behind, slots} = member;
  const connections = Object.values(sessions.byState).reduce((all, one) => all + one, 0);
  const hit = sum(contents, 'blocksHit');
  const wanted = hit + sum(contents, 'blocksRead');
  const inactive = slots.filter(slot => !slot.active);
  return [
    h('th', {scope: 'row'}, `${member.database}/${member.member}`),
    num(`${number(connections)} / ${number(sessions.max)}`, Object.entries(sessions.byState).map(([state, count]) => `${count} ${state}`).join(', '), connections > 0.9 * sessions.max),
    num(number(sessions.byState.active ?? 0), 'With a statement that runs'),
    num(number(sessions.byState['idle in transaction'] ?? 0), 'A transaction is open and nothing is done'),
    amount(sessions.waiting, 'Wait for a lock', 'warning'),
    num(seconds(sessions.oldestTransactionSeconds), 'What it has seen cannot be cleaned up', sessions.oldestTransactionSeconds > 600),
    num(wanted === 0 ? '–' : `${(100 * hit / wanted).toFixed(2)} %`, `${number(wanted)} blocks were wanted`),
    amount(sum(contents, 'deadlocks'), 'Since its statistics were reset', 'warning'),
    flushing(member),
    num(behind === null ? '–' : behind.bytes === 0 ? 'nothing' : `${bytes(behind.bytes)}, ${behind.seconds === null ? 'stopped' : seconds(behind.seconds)}`,
      behind === null ? 'It is a primary' : behind.seconds === null ? 'It applies nothing, so how old what it shows is is not known' : 'By its own log', behind !== null && behind.bytes > 0 && (behind.seconds ?? 60) > 10),
    num(slots.length === 0 ? '–' : `${number(slots.length)}: ${bytes(Math.max(0, ...slots.map(slot => slot.retainedBytes ?? 0)))}`,
      slots.map(slot => `${slot.name}: ${slot.active ? 'active' : 'inactive'}, ${slot.state}, ${bytes(slot.retainedBytes ?? 0)}`).join('; '), inactive.length > 0),
  ];
}

// How what was changed comes from memory to the disk, in each engine's own way.
function flushing({checkpoints, flushing: is}) {
  if (checkpoints !== null) {
    return num(`${number(checkpoints.timed)} + ${number(checkpoints.requested)}`,
      `${seconds(checkpoints.writeSeconds)} writing, ${seconds(checkpoints.syncSeconds)} waiting for the disk, ${number(checkpoints.buffersWritten)} blocks`);
  }
  return is === null ? num('–', 'Not told') : num(`${bytes(is.checkpointAgeBytes)} / ${bytes(is.checkpointAgeMaxBytes)}`,
    `${bytes(is.dirtyBytes)} changed in memory, ${number(is.flushedPages)} pages written, ${number(is.logWaits)} waits for the log, old rows of ${number(is.historyLength)} transactions`,
    is.checkpointAgeBytes > 0.8 * is.checkpointAgeMaxBytes);
}

// Who waits for whom, longest first.
export function waits(members) {
  const all = members.flatMap(member => member.waits.map(wait => ({...wait, member: member.member})));
  return all.length > 0 && table('Waiting for locks', [
    ['Waits', 'The process at the server, and whose it is'],
    ['For', 'For how long its statement has been running', 'number'],
    ['Statement', 'What waits, without values'],
    ['Blocked by', 'The processes that have the lock'],
    ['Which did last', 'What the first of them did last, without values'],
  ], all.sort((a, b) => b.seconds - a.seconds).map(wait => [
    h('th', {scope: 'row', title: wait.application}, `${wait.member} ${wait.process}`, h('span', {class: 'soft'}, ` ${wait.user}@${wait.database}`)),
    num(seconds(wait.seconds), `Waits for: ${wait.lock}`, wait.seconds > 5),
    h('td', {class: 'text mono'}, wait.statement),
    h('td', {class: 'mono', title: wait.blockedBy.length === 0 ? 'The server does not tell who has it' : 'The first of them is the one whose statement is beside it'}, wait.blockedBy.join(', ') || '–'),
    h('td', {class: wait.blocker ? 'text mono' : 'text', title: wait.blocker ? '' : 'The server does not tell'}, wait.blocker || '–'),
  ]));
}

// How much a database's server keeps, and where.
export function sizes(name, list) {
  if (list.problem !== null) {
    return h('p', {class: 'soft'}, `Sizes of ${name}: ${list.problem}`);
  }
  const told = (value, explanation) => num(value < 0 ? '–' : number(value), value < 0 ? 'Not known' : explanation);
  return [
    table(`Sizes of ${name}`, [
      ['Database', `As ${list.member} has them`],
      ['Size', 'On the disk, with its indexes', 'number'],
      ['Tables', 'Without the server\'s own', 'number'],
      ['Connections', 'Of clients that are in it now', 'number'],
    ], list.databases.map(each => [
      h('th', {scope: 'row'}, each.name),
      num(bytes(each.bytes), 'On the disk, with its indexes'),
      told(each.tables, 'Without the server\'s own'),
      num(number(each.connections), 'When it was asked: at most five minutes ago'),
    ])),
    list.rows.length > 0 && table(`Largest tables and indexes of ${name}`, [
      ['Name', 'With its schema'],
      ['Size', 'Of a table without its indexes', 'number'],
      ['Rows', 'By the server\'s own estimate', 'number'],
      ['Dead rows', 'Which nobody sees any more', 'number'],
      ['Scans', 'How often a table was read through, or an index used', 'number'],
    ], list.rows.slice(0, 20).map(each => [
      h('th', {scope: 'row', title: `${each.kind} in ${each.database}`}, each.name, each.kind === 'table' ? null : h('span', {class: 'soft'}, ` ${each.kind} of ${each.table}`)),
      num(bytes(each.bytes), each.kind === 'index' ? 'The index' : 'Without its indexes'),
      told(each.kind === 'index' ? -1 : each.rows, 'By the server\'s own estimate'),
      told(each.kind === 'index' ? -1 : each.deadRows, 'Nobody sees them any more'),
      told(each.scans, each.kind === 'index' ? 'So often it was used' : 'So often it was read through'),
    ])),
  ];
}

// Who gets whose log.
export function standbys(members) {
  const all = members.flatMap(member => member.standbys.map(standby => ({...standby, from: `${member.database}/${member.member}`})));
  const lag = value => num(value === null ? '–' : seconds(value), value === null ? 'Nothing is written now' : 'After its being committed');
  return all.length > 0 && table('Replication', [
    ['From', 'Who sends its log'],
    ['To', 'Who gets it'],
    ['State', 'As the sender tells it'],
    ['Behind', 'Log that is not applied yet', 'number'],
    ['Written', 'Between a commit and its being written there', 'number'],
    ['Safe', 'Between a commit and its being on the disk there', 'number'],
    ['Seen', 'Between a commit and its being seen there', 'number'],
  ], all.map(each => [
    h('th', {scope: 'row'}, each.from),
    h('td', {title: each.address}, each.name),
    h('td', null, [each.state, each.synchronous].filter(word => word !== '').join(', ')),
    num(each.lagBytes === null ? '–' : bytes(each.lagBytes), 'Log that is not applied there yet'),
    lag(each.writeLagSeconds), lag(each.flushLagSeconds), lag(each.replayLagSeconds),
  ]));
}
