// The buttons: each says first what will happen, and only then does it.

import {h} from './dom.js';

const dialog = document.getElementById('dialog');
const said = document.getElementById('said');

export function open(command, database) {
  dialog.replaceChildren({switchover, pause, resume}[command](database));
  dialog.showModal();
}

function switchover(database) {
  const targets = database.members.filter(member => member.role === 'replica' && member.name !== database.primary);
  const from = database.primary ?? 'the primary';
  return question('switchover', database, `Make another member the primary of ${database.name}?`, 'Switch over', [
    h('label', {for: 'to'}, 'New primary'),
    h('select', {id: 'to', name: 'to', autofocus: true},
      h('option', {value: ''}, 'the most advanced replica'),
      targets.map(member => h('option', {value: member.name}, `${member.name}${member.synchronous ? ' (synchronous)' : ''}`))),
    h('ol', null,
      h('li', null, `A checkpoint on ${from} makes its stop short. Clients notice nothing.`),
      h('li', null, 'New transactions wait, and open ones have 5 seconds to end. If they do not, it is given up and nothing has changed.'),
      h('li', null, `${from} stops cleanly and sends the last of its log; the new primary takes over and goes on with the waiting clients.`),
      h('li', null, `${from} comes back as a replica.`)),
    h('p', {class: 'soft'}, 'Writes usually wait for less than a second. No client sees an error.'),
  ]);
}

function pause(database) {
  return question('pause', database, `Pause automatic actions on ${database.name}?`, 'Pause', [
    h('p', null, 'Clients go on as before. But if the primary dies, no replica takes over: it is only started again where it is, until somebody resumes.'),
    h('p', {class: 'soft'}, 'Meant for maintenance by hand. Do not forget to resume.'),
  ]);
}

function resume(database) {
  return question('resume', database, `Resume automatic actions on ${database.name}?`, 'Resume', [
    h('p', null, 'From now on a replica takes over again when the primary dies. If something is wrong already, it is mended at once.'),
  ]);
}

function question(command, database, title, verb, content) {
  const problem = h('p', {class: 'problem', role: 'alert'});
  const go = h('button', {class: 'main'}, verb);
  const form = h('form', {method: 'dialog'}, h('h2', {id: 'question'}, title), content,
    h('label', {for: 'reason'}, 'Why (it stands in the events)'),
    h('input', {id: 'reason', name: 'reason', maxlength: 300, autocomplete: 'off'}), problem,
    h('div', {class: 'commands'}, go, h('button', {type: 'button', class: 'quiet', value: 'cancel'}, 'Cancel')));
  form.querySelector('[value=cancel]').addEventListener('click', () => dialog.close());
  form.addEventListener('submit', async submit => {
    submit.preventDefault();
    go.disabled = true;
    problem.textContent = '';
    const refusal = await send(command, database.name, form.elements.to?.value, form.elements.reason.value.trim());
    go.disabled = false;
    problem.textContent = refusal;
    if (!refusal) {
      dialog.close();
    }
  });
  return form;
}

/** Gives the reason why it was refused, or nothing. */
async function send(command, database, to, reason) {
  const why = reason ? `?reason=${encodeURIComponent(reason)}` : '';
  try {
    const answer = await fetch(`/api/v1/databases/${encodeURIComponent(database)}/${command}${why}`, {
      method: 'POST',
      headers: {'Content-Type': 'application/json', 'X-Shoestring': '1'},
      body: JSON.stringify(to ? {to} : {}),
    });
    const reply = await answer.json();
    if (!answer.ok) {
      return reply.sentence ?? reply.error;
    }
    say(reply.sentence);
    return '';
  } catch {
    return 'The node did not answer. Whether it will be done is not known: watch the events.';
  }
}

function say(sentence) {
  said.textContent = sentence;
  setTimeout(() => {
    said.textContent = said.textContent === sentence ? '' : said.textContent;
  }, 8000);
}
