// What happened to each database, told by the node in sentences: the same that `shoestring why` says.

import {h} from './dom.js';
import {ago, fullTime, timeOfDay} from './text.js';

const WAIT_MILLIS = 300;

export class Stories {
  #of = new Map();
  #timer = 0;
  #redraw;

  constructor(redraw) {
    this.#redraw = redraw;
  }

  /** Something happened: asks once for all that happens in this moment. */
  askSoon(databases) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.ask(databases()), WAIT_MILLIS);
  }

  async ask(databases) {
    await Promise.all(databases.map(async ({name}) => {
      const answer = await fetch(`/api/v1/why?database=${encodeURIComponent(name)}`).catch(() => null);
      if (answer?.ok) {
        this.#of.set(name, (await answer.json()).stories);
      }
    }));
    this.#redraw();
  }

  /** Of one database, the newest first; at most so many. */
  section(database, most, nowMillis) {
    const stories = (this.#of.get(database) ?? []).slice(0, most);
    return stories.length > 0 && h('section', {class: 'card stories', 'data-key': `stories ${database}`, 'aria-label': `What happened to ${database}`},
      h('h2', null, `What happened to ${database}`),
      h('ol', null, stories.map(story => h('li', {'data-key': `story ${story.began}`},
        h('p', {class: story.over ? 'headline' : 'headline warning'},
          h('time', {datetime: story.began, title: fullTime(story.began)}, timeOfDay(story.began), h('span', {class: 'soft'}, ` ${ago((nowMillis - Date.parse(story.began)) / 1000)}`)), ' ', story.headline),
        story.lines.length > 0 && h('ul', null, story.lines.map(line => h('li', {class: line.severity.toLowerCase()},
          h('time', {class: 'mono soft', datetime: line.at, title: fullTime(line.at)}, withMillis(line.at)), ' ', h('span', {class: 'what'}, line.text))))))));
  }
}

const withMillis = instant => `${timeOfDay(instant)}.${String(new Date(instant).getMilliseconds()).padStart(3, '0')}`;
