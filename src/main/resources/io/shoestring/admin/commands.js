// The buttons: each says first what will happen, and only then does it.

import {h} from './dom.js';
import {number, plural} from './text.js';

const dialog = document.getElementById('dialog');
const said = document.getElementById('said');

const QUESTIONS = {switchover, failover, restart, pause, resume, offline, online, drain, ready, maintenance, weight, move, balance};

/** Asks about the command of a button, whose data say what it is about. */
export function open(data, status) {
  const about = subject(data, status);
  if (about) {
    dialog.replaceChildren(QUESTIONS[data.command](about));
    dialog.showModal();
  }
}

function subject(data, status) {
  if (data.database) {
    const database = status.databases.find(each => each.name === data.database);
    const member = database?.members.find(each => each.name === data.member);
    return data.member ? member && {database, member} : database;
  }
  if (data.server) {
    const backend = status.backends.find(each => each.name === data.backend);
    const server = backend?.servers.find(each => each.name === data.server);
    return server && {backend, server};
  }
  const address = status.addresses.find(each => each.name === data.address);
  return address && {address, nodes: status.nodes};
}

const path = (...parts) => parts.map(encodeURIComponent).join('/');

function switchover(database) {
  const targets = database.members.filter(member => member.role === 'replica' && member.name !== database.primary);
  const from = database.primary ?? 'the primary';
  const where = path('databases', database.name, 'switchover');
  return previewed(where, chosenTarget, {kind: 'check'}, question('switchover', where, `Make another member the primary of ${database.name}?`, 'Switch over', [
    h('label', {for: 'to'}, 'New primary'),
    h('select', {id: 'to', name: 'to', autofocus: true},
      h('option', {value: ''}, 'the most advanced replica'),
      targets.map(member => h('option', {value: member.name}, `${member.name}${member.synchronous ? ' (synchronous)' : ''}`))),
    foreseen(),
    h('ol', null,
      h('li', null, `A checkpoint on ${from} makes its stop short. Clients notice nothing.`),
      h('li', null, 'New transactions wait, and open ones have 5 seconds to end. If they do not, it is given up and nothing has changed.'),
      h('li', null, `${from} stops cleanly and sends the last of its log; the new primary takes over and goes on with the waiting clients.`),
      h('li', null, `${from} comes back as a replica.`)),
    h('p', {class: 'soft'}, 'Writes usually wait for less than a second. No client sees an error.'),
  ]));
}

function failover(database) {
  const targets = database.members.filter(member => member.name !== database.primary && !member.offline && member.role !== 'empty');
  const from = database.primary ?? 'the primary';
  const where = path('databases', database.name, 'failover');
  return previewed(where, forced, {check: true}, question('failover', where, `Force another member to be the primary of ${database.name}?`, 'Force it', [
    h('p', null, `For a primary that hangs, or that nobody trusts any more. If it works, a switchover does it without an error and without a loss.`),
    h('label', {for: 'to'}, 'New primary'),
    h('select', {id: 'to', name: 'to', required: true, autofocus: true},
      targets.map(member => h('option', {value: member.name}, `${member.name}${member.synchronous ? ' (synchronous)' : ''}`))),
    foreseen(),
    h('label', {for: 'loss'}, 'What may be lost'),
    h('input', {id: 'loss', name: 'loss', autocomplete: 'off', placeholder: 'nothing', pattern: '[0-9]+ ?[kMG]?B|unknown', title: 'An amount as 12kB or 3MB, or the word unknown; empty: nothing'}),
    h('ul', null,
      h('li', null, `${from} is stopped at once, whatever it does: open transactions end with an error, unless they can be run again unseen.`),
      h('li', null, 'What it had and the new primary lacks is kept aside when it comes back as a replica.')),
  ], forced));
}

const forced = form => ({to: form.elements.to.value, ...form.elements.loss.value.trim() && {acceptedLoss: form.elements.loss.value.trim()}});

function restart(database) {
  const where = path('databases', database.name, 'restart');
  return previewed(where, () => ({}), {kind: 'check'}, question('restart', where, `Restart the servers of ${database.name}, one after the other?`, 'Restart', [
    foreseen(),
    h('ul', null,
      h('li', null, 'Replicas come first; the next one waits until the one before has caught up.'),
      h('li', null, 'The primary comes last: another member takes over before, and clients wait for less than a second.')),
    h('p', {class: 'soft'}, 'Settings that wait for a restart are in force afterwards.'),
  ]));
}

// Where the node's own judgement stands before anything is done.
const foreseen = () => h('p', {class: 'foreseen', role: 'status'}, 'Asking the node what would happen…');

// Asks the node what would come of it, now and whenever another choice is made.
function previewed(where, body, only, form) {
  const place = form.querySelector('.foreseen');
  let turn = 0;
  const look = async () => {
    const asked = ++turn;
    const {ok, sentence} = await post(where, {...body(form), ...only}, '');
    if (asked === turn) {
      place.textContent = sentence;
      place.classList.toggle('refused', !ok);
    }
  };
  form.addEventListener('change', look);
  look();
  return form;
}

function pause(database) {
  return question('pause', path('databases', database.name, 'pause'), `Pause automatic actions on ${database.name}?`, 'Pause', [
    h('p', null, 'Clients go on as before. But if the primary dies, no replica takes over: it is only started again where it is, until somebody resumes.'),
    h('p', {class: 'soft'}, 'Meant for maintenance by hand. Do not forget to resume.'),
  ]);
}

function resume(database) {
  return question('resume', path('databases', database.name, 'resume'), `Resume automatic actions on ${database.name}?`, 'Resume', [
    h('p', null, 'From now on a replica takes over again when the primary dies. If something is wrong already, it is mended at once.'),
  ]);
}

function offline({database, member}) {
  const others = database.members.filter(each => each.name !== member.name && !each.offline && (each.role === 'primary' || each.role === 'replica'));
  return question('offline', path('databases', database.name, 'members', member.name, 'offline'), `Take ${member.name} of ${database.name} out of use?`, 'Take out of use', [
    h('ul', null,
      member.role === 'primary' && h('li', null, others.length > 0 ? `It is the primary: another member (${others.map(each => each.name).join(', ')}) takes over first. Clients wait for less than a second.`
        : 'It is the primary, and nobody else could take over: this will be refused.'),
      h('li', null, 'Its server is stopped, and stays so until somebody takes it into use again.'),
      h('li', null, others.length > 1 ? `${others.length} members are left.` : `${others.length === 1 ? 'Only one member is' : 'No member is'} left: nobody can take over from it meanwhile.`)),
  ]);
}

function online({database, member}) {
  return question('online', path('databases', database.name, 'members', member.name, 'online'), `Take ${member.name} of ${database.name} into use again?`, 'Take into use', [
    h('p', null, 'Its server is started and follows the primary. It may take over as soon as it has everything.'),
  ]);
}

// What is left when a server takes no new work.
function withoutIt({backend, server}) {
  const others = backend.servers.filter(each => each.name !== server.name && each.state === 'up');
  const all = [...others, ...server.state === 'up' ? [server] : []].reduce((sum, each) => sum + each.rate, 0);
  return h('li', {class: others.length === 0 ? 'problem' : ''}, others.length === 0 ? `No other server of ${backend.name} is up: whoever comes is turned away.`
    : `${others.length === 1 ? 'One other server takes' : `${others.length} other servers take`} its part: ${number(all / others.length)} in a second each, as many as came in the last one.`);
}

function drain({backend, server}) {
  return question('drain', path('backends', backend.name, 'servers', server.name, 'drain'), `Give ${server.name} of ${backend.name} no new work?`, 'Drain', [
    h('ul', null, h('li', null, `Its ${plural(server.connections, 'connection')} and requests go on to their end, and clients that stick to it still come.`), withoutIt({backend, server}), h('li', null, 'It is still checked.')),
    h('p', {class: 'soft'}, 'On all nodes, until it is ready again.'),
  ]);
}

function maintenance({backend, server}) {
  return question('maintenance', path('backends', backend.name, 'servers', server.name, 'maintenance'), `Take ${server.name} of ${backend.name} out of use?`, 'Take out of use', [
    h('ul', null, h('li', null, 'Nobody is led to it any more, also not clients that stick to it; it is not checked.'), withoutIt({backend, server})),
    h('p', {class: 'soft'}, 'On all nodes, until it is ready again.'),
  ]);
}

function ready({backend, server}) {
  return question('ready', path('backends', backend.name, 'servers', server.name, 'ready'), `Give ${server.name} of ${backend.name} work again?`, 'Ready', [
    h('p', null, 'It gets its part of what comes, as soon as its checks find it up.'),
  ]);
}

function weight({backend, server}) {
  const sum = backend.servers.filter(each => each.state === 'up').reduce((all, each) => all + each.weight, 0);
  return question('weight', path('backends', backend.name, 'servers', server.name, 'weight'), `Change the share of ${server.name} of ${backend.name}?`, 'Change', [
    h('label', {for: 'weight'}, 'Weight, from 0 to 256'),
    h('input', {id: 'weight', name: 'weight', type: 'number', min: 0, max: 256, required: true, value: server.weight, autofocus: true}),
    h('p', null, `It has ${number(server.weight)} of ${number(sum)} now. With 0 it gets no new work.`),
  ], form => ({weight: Number(form.elements.weight.value)}));
}

function move({address, nodes}) {
  return question('move', path('addresses', address.name, 'move'), `Move ${address.name} (${address.address}) to another node?`, 'Move', [
    h('label', {for: 'to'}, 'To node'),
    h('select', {id: 'to', name: 'to', required: true, autofocus: true},
      nodes.filter(node => node.name !== address.node).map(node => h('option', {value: node.name}, `${node.name}${node.healthy ? '' : ' (not well)'}`))),
    h('p', null, `${address.node ?? 'Its node'} lets go of it first, and resets the connections over it: clients connect anew. Then the other node sets and announces it.`),
    h('p', {class: 'soft'}, 'It stays there until it is balanced again.'),
  ]);
}

function balance({address}) {
  return question('balance', path('addresses', address.name, 'balance'), `Have ${address.name} placed by itself again?`, 'Balance', [
    h('p', null, 'It goes where it belongs by the configuration. If that is another node, connections over it are reset.'),
  ]);
}

const chosenTarget = form => form.elements.to?.value ? {to: form.elements.to.value} : {};

// `body` says from the form what is sent.
function question(command, where, title, verb, content, body = chosenTarget) {
  const problem = h('p', {class: 'problem', role: 'alert'});
  const go = h('button', {class: 'main'}, verb);
  const form = h('form', {method: 'dialog', 'data-asks': command}, h('h2', {id: 'question'}, title), content,
    h('label', {for: 'reason'}, 'Why (it stands in the events)'),
    h('input', {id: 'reason', name: 'reason', maxlength: 300, autocomplete: 'off'}), problem,
    h('div', {class: 'commands'}, go, h('button', {type: 'button', class: 'quiet', value: 'cancel'}, 'Cancel')));
  form.querySelector('[value=cancel]').addEventListener('click', () => dialog.close());
  form.addEventListener('submit', async submit => {
    submit.preventDefault();
    go.disabled = true;
    problem.textContent = '';
    const refusal = await send(where, body(form), form.elements.reason.value.trim());
    go.disabled = false;
    problem.textContent = refusal;
    if (!refusal) {
      dialog.close();
    }
  });
  return form;
}

/** Gives the reason why it was refused, or nothing. */
async function send(where, body, reason) {
  const {ok, sentence} = await post(where, body, reason);
  if (ok) {
    say(sentence);
  }
  return ok ? '' : sentence;
}

async function post(where, body, reason) {
  const why = reason ? `?reason=${encodeURIComponent(reason)}` : '';
  try {
    const answer = await fetch(`/api/v1/${where}${why}`, {
      method: 'POST',
      headers: {'Content-Type': 'application/json', 'X-Shoestring': '1'},
      body: JSON.stringify(body),
    });
    const reply = await answer.json();
    return {ok: answer.ok, sentence: reply.sentence ?? reply.error};
  } catch {
    return {ok: false, sentence: 'The node did not answer. Whether it will be done is not known: watch the events.'};
  }
}

function say(sentence) {
  said.textContent = sentence;
  setTimeout(() => {
    said.textContent = said.textContent === sentence ? '' : said.textContent;
  }, 8000);
}
