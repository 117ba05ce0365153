// The picture: clients, listeners, the proxy, the members, and what flows between them.

import {svg} from './dom.js';
import {bytes, number, plural, rate, shorten} from './text.js';

const WIDE = 820;
const MEMBER_HEIGHT = 104;
const BOX_HEIGHT = 84;

/** Draws one database in a picture of the given width in pixels. */
export function topology(database, listeners, flow, node, width) {
  const layout = width >= WIDE ? wide(database, listeners, width) : narrow(database, listeners, width);
  const total = flow.sum(listeners);
  const primary = layout.members.find(({member}) => member.name === database.primary);
  return svg('svg', {
    class: 'topology', role: 'img', viewBox: `0 0 ${width} ${layout.height}`,
    width, height: layout.height, 'aria-label': inWords(database, listeners, total),
  },
  layout.members.filter(({member}) => primary && member.role === 'replica').map(
    place => replication(layout.follow(upstreamOf(place.member, layout, primary).box, place.box), place.member)),
  layout.listeners.map(({listener, box, clients}) => entry(layout, listener, box, clients, flow.of(listener.name))),
  layout.members.map(place => request(layout, place, database, total)),
  layout.listeners.map(({listener, box, clients}) => [clientsBox(clients, listener), listenerBox(box, listener)]),
  proxyBox(layout.proxy, node, listeners, total),
  layout.members.map(place => memberBox(place.box, place.member, database)));
}

/** Where a replica's arrow comes from: another replica, or the primary. */
function upstreamOf(member, layout, primary) {
  return layout.members.find(({member: other}) => other.name === member.upstream) || primary;
}

function wide(database, listeners, width) {
  const rows = Math.max(listeners.length * (BOX_HEIGHT + 16), database.members.length * (MEMBER_HEIGHT + 24)) + 16;
  const memberWidth = 300;
  const membersAt = width - memberWidth - 44;
  const proxyAt = 380;
  return {
    height: rows,
    listeners: column(listeners, 170, 160, BOX_HEIGHT, 16, rows).map(([listener, box]) => ({
      listener, box, clients: {...box, x: 1, w: 110},
    })),
    proxy: {x: proxyAt, y: rows / 2 - BOX_HEIGHT / 2, w: 150, h: BOX_HEIGHT},
    members: column(database.members, membersAt, memberWidth, MEMBER_HEIGHT, 24, rows).map(([member, box]) => ({
      member, box,
      // On the side of the line that it does not come from.
      label: {x: box.x - 14, y: middle(box) + (middle(box) > rows / 2 + 1 ? 24 : -12), anchor: 'end'},
    })),
    link: (from, to) => curve(from.x + from.w, middle(from), to.x, middle(to)),
    follow: (from, to) => bow(from, to, 34),
  };
}

function narrow(database, listeners, width) {
  const gutter = 34;
  let y = 1;
  const places = listeners.map(listener => {
    const clients = {x: 1, y, w: 92, h: BOX_HEIGHT};
    const box = {x: 118, y, w: width - 119, h: BOX_HEIGHT};
    y += BOX_HEIGHT + 14;
    return {listener, box, clients};
  });
  y += 16;
  const proxy = {x: 1, y, w: width - 2, h: BOX_HEIGHT};
  y += BOX_HEIGHT + 34;
  const members = database.members.map(member => {
    const box = {x: gutter, y, w: width - gutter - 26, h: MEMBER_HEIGHT};
    y += MEMBER_HEIGHT + 34;
    return {member, box, label: {x: gutter + 2, y: box.y - 9, anchor: 'start'}};
  });
  return {
    height: y - 32,
    listeners: places,
    proxy,
    members,
    link: (from, to) => from === proxy
      ? elbow(14, from.y + from.h, to.x, middle(to))
      : to === proxy ? `M${from.x + from.w / 2} ${from.y + from.h}V${to.y}` : `M${from.x + from.w} ${middle(from)}H${to.x}`,
    follow: (from, to) => bow(from, to, 20),
  };
}

function column(items, x, w, h, gap, height) {
  const top = (height - items.length * (h + gap) + gap) / 2;
  return items.map((item, index) => [item, {x, y: top + index * (h + gap), w, h}]);
}

const middle = box => box.y + box.h / 2;

function curve(x1, y1, x2, y2) {
  const half = (x1 + x2) / 2;
  return `M${x1} ${y1}C${half} ${y1} ${half} ${y2} ${x2} ${y2}`;
}

function elbow(x1, y1, x2, y2) {
  const r = 10;
  return `M${x1} ${y1}V${y2 - r}Q${x1} ${y2} ${x1 + r} ${y2}H${x2}`;
}

function bow(from, to, depth) {
  const right = from.x + from.w;
  const down = Math.sign(to.y - from.y) * 10;
  return `M${right} ${middle(from) + down}C${right + depth} ${middle(from) + down} ${right + depth} ${middle(to) - down} ${right + 7} ${middle(to) - down}`;
}

function entry(layout, listener, box, clients, rates) {
  const perSecond = rates.primary + rates.replicas;
  return svg('g', {'data-key': `entry ${listener.name}`},
    line(layout.link(clients, box), perSecond, 'all'),
    line(layout.link(box, layout.proxy), perSecond, 'all'));
}

function request(layout, {member, box, label}, database, total) {
  const isPrimary = member.name === database.primary;
  const serves = isPrimary || (member.role === 'replica' && !member.delay && database.members.length > 1);
  if (!serves) {
    return svg('g', {'data-key': `request ${member.name}`}, line(layout.link(layout.proxy, box), 0, 'off'));
  }
  const replicas = database.members.filter(other => other.role === 'replica' && !other.delay && other.name !== database.primary).length;
  const perSecond = isPrimary ? total.primary : total.replicas / Math.max(1, replicas);
  const shared = !isPrimary && replicas > 1;
  const explanation = isPrimary
    ? 'Statements per second sent to the primary: every write, and the reads that have to see the newest data'
    : `Statements per second sent to ${shared ? 'each replica on average' : 'the replica'}: reads that it can already answer`;
  return svg('g', {'data-key': `request ${member.name}`},
    line(layout.link(layout.proxy, box), perSecond, isPrimary ? 'write' : 'read'),
    svg('text', {class: `amount ${isPrimary ? 'write' : 'read'}`, x: label.x, y: label.y, 'text-anchor': label.anchor},
      svg('title', null, explanation), `${shared ? '≈ ' : ''}${rate(perSecond)}`));
}

/** How far what its readers see is behind the primary's log; MariaDB counts transactions. */
export function lag(member) {
  const transactions = member.lagTransactions ?? null;
  return member.lagBytes !== null ? bytes(member.lagBytes) : transactions !== null ? plural(transactions, 'transaction') : null;
}

function replication(path, member) {
  const behind = lag(member) ?? 'unknown';
  return svg('g', {'data-key': `replication ${member.name}`},
    svg('path', {class: `replication${member.synchronous ? ' synchronous' : ''}`, d: path},
      svg('title', null, `Replication ${member.upstream ? `from ${member.upstream} ` : ''}to ${member.name}: ${behind} behind${member.delay ? `, delayed by ${member.delay} on purpose` : ''}${member.synchronous ? ', commits wait for it' : ''}`)),
    arrowHead(path));
}

function arrowHead(path) {
  const [x, y] = path.split(/[ C]/).slice(-2).map(Number);
  return svg('path', {class: 'arrow', d: `M${x} ${y - 4}L${x - 6} ${y}L${x} ${y + 4}`});
}

function line(path, perSecond, kind) {
  const speed = perSecond <= 0 ? 'still' : perSecond < 20 ? 'slow' : perSecond < 500 ? 'medium' : 'fast';
  return [
    svg('path', {class: `line ${kind}`, d: path}),
    svg('path', {class: `flow ${kind} ${speed}`, d: path}),
  ];
}

function clientsBox(box, listener) {
  const centre = box.x + box.w / 2;
  return svg('g', {'data-key': `clients ${listener.name}`},
    svg('rect', {class: 'box clients', x: box.x, y: box.y, width: box.w, height: box.h, rx: box.h / 2}),
    svg('text', {class: 'big', x: centre, y: middle(box) + 1, 'text-anchor': 'middle'},
      svg('title', null, 'Clients connected to this listener now'), number(listener.clients)),
    listener.held > 0
      ? svg('text', {class: 'small waiting', x: centre, y: middle(box) + 20, 'text-anchor': 'middle'},
        svg('title', null, 'Clients whose request is held until there is a primary'), `${number(listener.held)} waiting`)
      : svg('text', {class: 'small', x: centre, y: middle(box) + 20, 'text-anchor': 'middle'}, listener.clients === 1 ? 'client' : 'clients'));
}

function listenerBox(box, listener) {
  return svg('g', {'data-key': `listener ${listener.name}`},
    rectangle(box),
    svg('text', {class: 'small', x: box.x + 16, y: box.y + 24}, 'listener'),
    svg('text', {class: 'name', x: box.x + 16, y: box.y + 46}, shorten(listener.name, 16)),
    svg('text', {class: 'mono', x: box.x + 16, y: box.y + 67},
      svg('title', null, `Clients connect to ${listener.address} and speak ${listener.protocol}`), shorten(listener.address, Math.floor((box.w - 24) / 7.3))));
}

function proxyBox(box, node, listeners, total) {
  const transactions = listeners.reduce((sum, listener) => sum + listener.openTransactions, 0);
  return svg('g', {'data-key': 'proxy'},
    rectangle(box, 'proxy'),
    svg('text', {class: 'small', x: box.x + 16, y: box.y + 24},
      svg('title', null, `The proxy of node ${node} sends each statement where it belongs`), shorten(`proxy on ${node}`, 18)),
    svg('text', {class: 'name', x: box.x + 16, y: box.y + 46},
      svg('title', null, 'Statements per second in all, to the primary and to replicas'), rate(total.primary + total.replicas)),
    svg('text', {class: 'small', x: box.x + 16, y: box.y + 65},
      svg('title', null, 'Transactions that are open on the primary now'), plural(transactions, 'transaction')));
}

function memberBox(box, member, database) {
  const x = box.x + 16;
  const letters = Math.floor((box.w - 32) / 6.3);
  const isPrimary = member.name === database.primary;
  return svg('g', {'data-key': `member ${member.name}`, class: `member ${member.role}`},
    rectangle(box, isPrimary ? 'primary' : wrong(member) ? 'wrong' : ''),
    svg('text', {class: 'name', x, y: box.y + 28}, shorten(member.name, 16)),
    svg('text', {class: `role ${wrong(member) ? 'wrong' : isPrimary ? 'primary' : ''}`, x: box.x + box.w - 16, y: box.y + 27, 'text-anchor': 'end'},
      svg('title', null, `Role as the agent sees it: ${member.role}`), member.role),
    svg('text', {class: 'mono', x, y: box.y + 48},
      svg('title', null, `On node ${member.node}`), shorten(member.address, Math.floor((box.w - 32) / 7.3))),
    svg('text', {class: 'small', x, y: box.y + 68}, svg('title', null, member.state), shorten(member.state, letters)),
    member.busy === null ? facts(x, box.y + 90, member, isPrimary, database) : busy(x, box.y + 90, member.busy, letters));
}

function facts(x, y, member, isPrimary, database) {
  if (isPrimary) {
    return svg('text', {class: 'small strong', x, y},
      svg('title', null, 'The epoch grows with every change of the primary; no write leaves under an older one'), `epoch ${number(database.epoch)}`);
  }
  if (member.delay) {
    return svg('text', {class: 'small strong', x, y},
      svg('title', null, 'It applies the log that much later, so that rows can be read that were deleted by mistake; it gets no reads'), `delayed by ${member.delay}, on purpose`);
  }
  return svg('text', {class: 'small strong', x, y},
    lag(member) === null ? null : svg('tspan', null,
      svg('title', null, "How far what its readers see is behind the primary's log"), `${lag(member)} behind`),
    member.synchronous && svg('tspan', {class: 'synchronous', dx: lag(member) === null ? 0 : 12},
      svg('title', null, 'It has every commit that a client was told of'), '✓ synchronous'));
}

function busy(x, y, what, letters) {
  return svg('g', null,
    svg('circle', {class: 'busy', cx: x + 4, cy: y - 4, r: 4}),
    svg('text', {class: 'small busy', x: x + 15, y}, svg('title', null, what), shorten(what, letters - 3)));
}

function rectangle(box, kind = '') {
  return svg('rect', {class: `box ${kind}`, x: box.x, y: box.y, width: box.w, height: box.h, rx: 12});
}

export function wrong(member) {
  return member.role !== 'primary' && member.role !== 'replica';
}

function inWords(database, listeners, total) {
  const clients = listeners.reduce((sum, listener) => sum + listener.clients, 0);
  const members = database.members.map(member => `${member.name} is ${member.role}`).join(', ');
  return `${plural(clients, 'client')}; ${rate(total.primary)} to the primary, ${rate(total.replicas)} to replicas; ${members}.`;
}
