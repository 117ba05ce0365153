// Rates from counters that only grow: the difference over the last three seconds.

const WINDOW_MILLIS = 3200;
const STILL = {primary: 0, replicas: 0};

export class Flow {
  #samples = new Map();

  /** Notes where the counters stand; called about once a second. */
  take(listeners, nowMillis) {
    for (const {name, onPrimary, onReplicas} of listeners) {
      const kept = (this.#samples.get(name) ?? []).filter(
        sample => nowMillis - sample.at <= WINDOW_MILLIS
          && sample.onPrimary <= onPrimary && sample.onReplicas <= onReplicas);
      this.#samples.set(name, [...kept, {at: nowMillis, onPrimary, onReplicas}]);
    }
  }

  forget() {
    this.#samples.clear();
  }

  of(name) {
    const samples = this.#samples.get(name) ?? [];
    const first = samples[0];
    const last = samples.at(-1);
    const seconds = first ? (last.at - first.at) / 1000 : 0;
    return seconds < 0.5 ? STILL : {
      primary: (last.onPrimary - first.onPrimary) / seconds,
      replicas: (last.onReplicas - first.onReplicas) / seconds,
    };
  }

  sum(listeners) {
    return listeners.map(listener => this.of(listener.name)).reduce(
      (all, one) => ({primary: all.primary + one.primary, replicas: all.replicas + one.replicas}), STILL);
  }
}
