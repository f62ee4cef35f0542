// The page of the inspector. Everything that comes from the store is written as text, never as markup.
"use strict";

(() => {
  const KEPT = 120; // moments, as many as the inspector keeps
  const SMOOTHED = 5; // moments that one point of a plot is over

  const at = (id) => document.getElementById(id);
  const svg = (name, attributes) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };
  const write = (element, text) => {
    if (element.textContent !== text) element.textContent = text;
  };
  const label = (element, text) => {
    if (element.getAttribute("aria-label") !== text) element.setAttribute("aria-label", text);
  };

  // ---- How numbers are written ----

  const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
  const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
  const count = (n) => (n < 100000 ? whole.format(n) : short.format(n));
  const percent = (part) => {
    if (part === null) return "–";
    if (part > 0.999 && part < 1) return "> 99.9 %";
    if (part < 0.001 && part > 0) return "< 0.1 %";
    return `${(part * 100).toFixed(part === 0 || part === 1 ? 0 : 1)} %`;
  };
  const rate = (n) => (n === null ? "–" : n >= 100 ? count(n) : n.toFixed(n === 0 ? 0 : 1));
  const bytes = (n) => {
    const units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let unit = 0;
    while (n >= 1024 && unit < units.length - 1) {
      n /= 1024;
      unit += 1;
    }
    return `${unit === 0 || n >= 100 ? whole.format(n) : n.toFixed(1)} ${units[unit]}`;
  };
  const duration = (seconds) => {
    if (seconds === null) return "–";
    const digits = (n) => (n >= 100 ? n.toFixed(0) : String(Number(n.toPrecision(2))));
    if (seconds < 0.001) return `${digits(seconds * 1e6)} µs`;
    if (seconds < 1) return `${digits(seconds * 1e3)} ms`;
    if (seconds < 120) return `${digits(seconds)} s`;
    if (seconds < 7200) return `${digits(seconds / 60)} min`;
    if (seconds < 172800) return `${digits(seconds / 3600)} h`;
    return `${digits(seconds / 86400)} d`;
  };
  const reason = (name) => name.replaceAll("_", " ");

  const inWords = (policy) => {
    const parts = [policy.policy === "ttl" ? `ttl ${duration(policy.ttl)}` : policy.policy];
    for (const [name, value] of Object.entries(policy)) {
      if (name === "policy" || name === "cache_type" || name === policy.policy) continue;
      if (name === "max_size") parts.push(`of ${whole.format(value)}`);
      else if (name === "max_computations") parts.push(`${reason(name)} ${value}`);
      else parts.push(`${reason(name)} ${duration(value)}`);
    }
    return parts.join(" · ");
  };
  const whose = (type) => (type === "global" ? "global" : `by ${type}`);

  // ---- What was before ----

  /** Hits and misses between the moments of one entry: the newest last. */
  class Series {
    constructor() {
      this.moments = [];
    }
    note(at, hits, misses) {
      const last = this.moments.at(-1);
      if (last && at <= last.at) return;
      this.moments.push({ at, hits, misses });
      if (this.moments.length > KEPT) this.moments.shift();
    }
    /** What happened up to a moment, over a few moments. */
    over(index, span = SMOOTHED) {
      const to = this.moments[index];
      const from = this.moments[Math.max(0, index - span)];
      if (!to || from === to) return null;
      const [hits, misses] = [to.hits - from.hits, to.misses - from.misses];
      return { hits, misses, lookups: hits + misses, seconds: to.at - from.at };
    }
    points() {
      return this.moments.slice(1).map((moment, index) => {
        const over = this.over(index + 1);
        return { at: moment.at, ratio: over && over.lookups > 0 ? over.hits / over.lookups : null };
      });
    }
    latest() {
      return this.over(this.moments.length - 1);
    }
    whole() {
      return this.over(this.moments.length - 1, this.moments.length);
    }
    get seconds() {
      return this.moments.length > 1 ? this.moments.at(-1).at - this.moments[0].at : 0;
    }
  }

  // ---- Plots ----

  /** Draws a ratio over time. Where nobody looked anything up, there is no line. */
  const drawRatio = (target, series, width, height, every) => {
    const points = series.points();
    const shown = KEPT - 1;
    const end = points.length ? points.at(-1).at : 0;
    const x = (at) => width - ((end - at) / (every * shown)) * width;
    const y = (ratio) => 2 + (1 - ratio) * (height - 4);
    target.replaceChildren();
    for (const ratio of width > 200 ? [0, 0.5, 1] : [0, 1]) {
      target.append(svg("line", { class: "grid", x1: 0, x2: width, y1: y(ratio), y2: y(ratio) }));
    }
    let run = [];
    const flush = () => {
      if (run.length) {
        if (run.length === 1) run = [[run[0][0] - width / shown, run[0][1]], run[0]];
        const line = run.map(([px, py]) => `${px.toFixed(1)},${py.toFixed(1)}`).join(" L");
        const [first, last] = [run[0][0].toFixed(1), run.at(-1)[0].toFixed(1)];
        target.append(svg("path", { class: "area", d: `M${first},${y(0)} L${line} L${last},${y(0)} Z` }));
        target.append(svg("path", { class: "curve", d: `M${line}` }));
      }
      run = [];
    };
    for (const point of points) {
      if (point.ratio === null) flush();
      else run.push([x(point.at), y(point.ratio)]);
    }
    flush();
    const ratios = points.map((point) => point.ratio).filter((ratio) => ratio !== null);
    const over = `Hit ratio over the last ${duration(series.seconds)}`;
    label(
      target,
      ratios.length
        ? `${over}: ${percent(ratios.at(-1))} now, between ${percent(Math.min(...ratios))} and ${percent(Math.max(...ratios))}`
        : `${over}: no lookups`,
    );
  };

  /** The number of a bucket: two for each doubling, from a microsecond. */
  const step = (upTo) => Math.round(2 * Math.log2(upTo / 1e-6));

  const drawLoads = (target, loads, width, height) => {
    target.replaceChildren();
    if (loads.count === 0) {
      label(target, "Load times: nothing was computed yet");
      return;
    }
    const [first, last] = [step(loads.buckets[0].up_to), step(loads.buckets.at(-1).up_to)];
    const [from, to] = [first - 2, Math.max(last + 2, first + 10)];
    const column = width / (to - from + 1);
    const highest = Math.max(...loads.buckets.map((bucket) => bucket.count));
    target.append(svg("line", { class: "grid", x1: 0, x2: width, y1: height - 1, y2: height - 1 }));
    for (const bucket of loads.buckets) {
      const tall = Math.max(2, (bucket.count / highest) * (height - 10));
      target.append(
        svg("rect", {
          class: "column",
          x: (step(bucket.up_to) - from) * column + column * 0.1,
          y: height - 1 - tall,
          width: column * 0.8,
          height: tall,
        }),
      );
    }
    for (const mark of [loads.p50, loads.p99]) {
      const x = (step(mark) - from + 1) * column;
      target.append(svg("line", { class: "mark", x1: x, x2: x, y1: 2, y2: height - 1 }));
    }
    const bound = (number) => 1e-6 * 2 ** (number / 2);
    target.dataset.from = duration(bound(from));
    target.dataset.to = duration(bound(to));
    label(
      target,
      `Load times of ${count(loads.count)} computations: half within ${duration(loads.p50)}, ` +
        `nine in ten within ${duration(loads.p90)}, 99 in 100 within ${duration(loads.p99)}`,
    );
  };

  // ---- The entries ----

  const views = new Map();
  let entered = 0;
  let refresh = 2;
  let mayAct = false;
  let mayLook = false;
  const total = new Series();

  class EntryView {
    constructor(number, entry) {
      const part = at("entry-template").content.cloneNode(true);
      this.row = part.querySelector(".entry");
      this.detail = part.querySelector(".detail");
      this.toggle = this.row.querySelector(".toggle");
      this.series = new Series();
      this.number = number;
      this.fields = new Map();
      for (const element of part.querySelectorAll("[data-field]")) this.fields.set(element.dataset.field, element);
      for (const row of [this.row, this.detail]) {
        row.dataset.kind = entry.kind;
        row.dataset.uid = entry.uid;
      }
      this.row.id = `entry-${number}`;
      this.detail.id = `detail-${number}`;
      this.toggle.id = `toggle-${number}`;
      this.toggle.setAttribute("aria-controls", this.detail.id);
      this.toggle.addEventListener("click", () => this.open(this.detail.hidden));
      for (const form of this.detail.querySelectorAll("form[data-action]")) {
        form.addEventListener("submit", (event) => {
          event.preventDefault();
          const looks = event.submitter?.name === "look";
          if (looks) lookAt(form, this.entry);
          else askEntry(form, this.entry);
        });
      }
      at("rows").append(part);
      this.set("uid", entry.uid);
      this.set("kind", entry.kind);
    }
    set(field, text) {
      write(this.fields.get(field), text);
    }
    open(isOpen) {
      this.detail.hidden = !isOpen;
      this.toggle.setAttribute("aria-expanded", String(isOpen));
      if (isOpen) this.showDetail();
    }
    get liveRatio() {
      const live = this.series.whole();
      return live && live.lookups > 0 ? live.hits / live.lookups : this.entry.hit_ratio;
    }
    get rate() {
      const latest = this.series.latest();
      return latest ? latest.lookups / latest.seconds : null;
    }
    show(entry) {
      this.entry = entry;
      this.words = inWords(entry.policy);
      this.set("policy", this.words);
      this.set("cache_type", whose(entry.policy.cache_type));
      this.set("ratio", percent(this.liveRatio));
      drawRatio(this.row.querySelector(".spark"), this.series, 120, 28, refresh);
      this.set("rate", rate(this.rate));
      this.set("load", entry.loads.count ? `${duration(entry.loads.p50)} / ${duration(entry.loads.p99)}` : "–");
      this.set("values", count(entry.values));
      this.set("scopes", count(entry.scopes));
      this.set("bytes", bytes(entry.bytes));
      this.set("in_flight", count(entry.in_flight));
      this.fields.get("in_flight").classList.toggle("busy", entry.in_flight > 0);
      if (!this.detail.hidden) this.showDetail();
    }
    showDetail() {
      const { entry, detail } = this;
      const { loads } = entry;
      drawRatio(detail.querySelector(".plot"), this.series, 400, 120, refresh);
      this.set("from", `${duration(refresh * (KEPT - 1))} ago`);
      const all = entry.hits + entry.misses;
      this.set("overall", all ? `${percent(this.liveRatio)} in this time, ${percent(entry.hit_ratio)} of ${count(all)} lookups in all` : "No lookups yet");
      this.showMisses(entry);
      const histogram = detail.querySelector(".histogram");
      drawLoads(histogram, loads, 400, 120);
      histogram.parentElement.hidden = loads.count === 0;
      this.set("shortest", loads.count ? histogram.dataset.from : "");
      this.set("longest", loads.count ? histogram.dataset.to : "");
      this.set(
        "quantiles",
        loads.count
          ? `p50 ${duration(loads.p50)} · p90 ${duration(loads.p90)} · p99 ${duration(loads.p99)} · mean ${duration(loads.seconds / loads.count)}; the dashed lines are p50 and p99`
          : "Nothing was computed yet",
      );
      fill(detail.querySelector(".buckets tbody"), loads.buckets.map((bucket) => [duration(bucket.up_to), count(bucket.count)]));
      for (const name of ["hits", "misses", "waits", "computations", "sets", "evictions", "expirations", "waiters"]) {
        this.set(name, count(entry[name]));
      }
      this.set("failures", count(loads.failures));
      this.showShared(entry.shared);
      this.showActions(entry);
    }
    showShared(shared) {
      for (const part of this.detail.querySelectorAll(".of-tier")) part.hidden = shared === null;
      if (shared === null) return;
      for (const name of ["hits", "misses", "published", "failures"]) this.set(`tier-${name}`, count(shared[name]));
      this.set("tier-refused", count(shared.refused + shared.unreadable + shared.unwritable));
    }
    showMisses(entry) {
      const body = this.detail.querySelector(".bars tbody");
      const rows = entry.miss_reasons;
      while (body.rows.length > rows.length) body.deleteRow(-1);
      while (body.rows.length < rows.length) {
        const row = body.insertRow();
        const head = document.createElement("th");
        head.scope = "row";
        const share = document.createElement("td");
        share.className = "share";
        share.setAttribute("aria-hidden", "true");
        const line = document.createElement("span");
        line.className = "bar-line";
        share.append(line);
        const number = document.createElement("td");
        number.className = "number";
        row.append(head, share, number);
      }
      rows.forEach((miss, index) => {
        const [head, share, number] = body.rows[index].children;
        write(head, reason(miss.reason));
        share.firstChild.style.setProperty("--part", String(miss.count / rows[0].count));
        write(number, count(miss.count));
      });
      this.fields.get("no-misses").hidden = rows.length > 0;
    }
    showActions(entry) {
      const acts = this.detail.querySelector(".acts");
      acts.hidden = !mayAct;
      const type = entry.policy.cache_type;
      const id = acts.querySelector("label.id");
      id.hidden = type === "global";
      id.querySelector("input").disabled = type === "global";
      if (type !== "global") this.set("id-label", type === "user" ? "Id of the user" : "Id of the session");
      acts.querySelector("button[name=look]").hidden = !mayLook;
      const policy = acts.querySelector("textarea");
      const text = JSON.stringify(entry.policy, null, 1).replaceAll("\n", "").replace("{ ", "{").replaceAll("  ", " ");
      // What somebody is writing stays.
      if (policy.value === "" || policy.value === policy.dataset.shown) policy.value = text;
      policy.dataset.shown = text;
    }
    matches(words) {
      const { kind, uid, policy } = this.entry;
      const text = `${uid} ${kind} ${this.words} ${whose(policy.cache_type)}`.toLowerCase();
      return words.every((word) => text.includes(word));
    }
    sortsBy(column) {
      const { entry } = this;
      const numbers = { rate: this.rate, ratio: this.liveRatio, p99: entry.loads.p99 };
      if (column === "name") return `${entry.uid} ${entry.kind}`.toLowerCase();
      if (column === "policy") return this.words;
      return column in numbers ? (numbers[column] ?? -1) : entry[column];
    }
  }

  const fill = (body, rows) => {
    while (body.rows.length > rows.length) body.deleteRow(-1);
    while (body.rows.length < rows.length) body.insertRow();
    rows.forEach((cells, index) => {
      const row = body.rows[index];
      while (row.cells.length < cells.length) row.insertCell().className = row.cells.length > 0 ? "number" : "";
      cells.forEach((text, cell) => write(row.cells[cell], text));
    });
  };

  // ---- Search and order ----

  const search = () => {
    const words = at("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const view of views.values()) {
      const isFound = view.matches(words);
      found += isFound ? 1 : 0;
      view.row.hidden = !isFound;
      if (!isFound) view.open(false);
    }
    const all = views.size;
    write(at("matches"), words.length ? `${found} of ${all} entries` : `${all} ${all === 1 ? "entry" : "entries"}`);
    at("nothing").hidden = found > 0;
    write(at("nothing"), all ? "No entry matches." : "No registry entry is known yet: entries appear when they are used or registered.");
  };

  let searching = 0;
  at("search").addEventListener("input", () => {
    clearTimeout(searching);
    searching = setTimeout(search, 150);
  });
  at("search-form").addEventListener("submit", (event) => {
    event.preventDefault();
    search();
  });

  for (const head of document.querySelectorAll("th[data-sort]")) {
    head.firstElementChild.addEventListener("click", () => {
      const isText = ["name", "policy"].includes(head.dataset.sort);
      const former = head.getAttribute("aria-sort");
      const isUp = former ? former === "descending" : isText;
      for (const other of document.querySelectorAll("th[aria-sort]")) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", isUp ? "ascending" : "descending");
      const sorted = [...views.values()].map((view) => [view.sortsBy(head.dataset.sort), view]);
      sorted.sort(([one, a], [other, b]) => {
        const order = one < other ? -1 : one > other ? 1 : a.number - b.number;
        return isUp ? order : -order;
      });
      for (const [, view] of sorted) at("rows").append(view.row, view.detail);
    });
  }

  // ---- A snapshot arrives ----

  /** Begins anew: the service may be another one by now. */
  const forget = (known) => {
    for (const [key, view] of views) {
      view.series = new Series();
      if (known.has(view)) continue;
      view.row.remove();
      view.detail.remove();
      views.delete(key);
    }
    total.moments = [];
  };

  const remember = (moment, order) => {
    let [hits, misses] = [0, 0];
    moment.lookups.forEach(([h, m], index) => {
      order[index]?.series.note(moment.at, h, m);
      hits += h;
      misses += m;
    });
    total.note(moment.at, hits, misses);
  };

  const show = (snapshot, isFirst) => {
    refresh = snapshot.refresh;
    const order = snapshot.entries.map((entry) => {
      const key = JSON.stringify([entry.kind, entry.uid]);
      if (!views.has(key)) views.set(key, new EntryView(entered++, entry));
      return views.get(key);
    });
    if (isFirst) forget(new Set(order));
    for (const moment of snapshot.past) remember(moment, order);
    remember({ at: snapshot.at, lookups: snapshot.entries.map((entry) => [entry.hits, entry.misses]) }, order);
    snapshot.entries.forEach((entry, index) => order[index].show(entry));
    search();
    showTotals(snapshot);
    showFlights(snapshot);
    showTiers(snapshot.tiers);
    if (isFirst && snapshot.has_actions) begin();
  };

  const showTotals = ({ entries, in_flight_total }) => {
    const sum = (field) => entries.reduce((sum, entry) => sum + entry[field], 0);
    const live = total.whole();
    const latest = total.latest();
    const all = sum("hits") + sum("misses");
    const ratio = live && live.lookups > 0 ? live.hits / live.lookups : all > 0 ? sum("hits") / all : null;
    write(at("total-ratio"), percent(ratio));
    write(at("total-rate"), rate(latest ? latest.lookups / latest.seconds : null));
    write(at("total-values"), count(sum("values")));
    write(at("total-bytes"), bytes(sum("bytes")));
    write(at("total-in-flight"), count(in_flight_total));
    write(at("total-waiters"), count(sum("waiters")));
  };

  const showTiers = (tiers) => {
    at("tiers").hidden = tiers.length === 0;
    const rows = tiers.map((tier) => [
      `${reason(tier.state)} for ${duration(tier.lasting)}`,
      count(tier.queued),
      `${count(tier.failures)} of ${count(tier.calls)}`,
      count(tier.disconnects),
    ]);
    fill(at("tier-rows"), rows);
  };

  const showFlights = ({ in_flight, in_flight_total }) => {
    const isShown = in_flight.some((flight) => flight.key !== null || (flight.scope !== null && flight.scope !== "global"));
    const body = at("flight-rows");
    while (body.rows.length > in_flight.length) body.deleteRow(-1);
    while (body.rows.length < in_flight.length) body.append(at("flight-template").content.cloneNode(true));
    in_flight.forEach((flight, index) => {
      const [name, age, waiters] = body.rows[index].cells;
      const [uid, about] = name.children;
      write(uid, flight.uid);
      const whatAndWhose = isShown ? [flight.key ?? "a hidden key", flight.scope ?? "somebody"] : [];
      write(about, [flight.by, ...whatAndWhose].join(" · "));
      write(age, duration(flight.age));
      write(waiters, count(flight.waiters));
    });
    at("flights-table").parentElement.hidden = in_flight.length === 0;
    at("flights-empty").hidden = in_flight.length > 0;
    const left = in_flight_total - in_flight.length;
    const note = isShown ? "" : "Keys and ids are hidden";
    write(at("flights-note"), left > 0 ? `The oldest ${in_flight.length} of ${in_flight_total}` : in_flight.length ? note : "");
  };

  // ---- The stream ----

  const state = (name, text) => {
    at("connection").dataset.state = name;
    write(at("connection"), text);
  };

  let stream = null;
  const connect = () => {
    let isFirst = true;
    stream = new EventSource("api/events");
    stream.addEventListener("open", () => {
      isFirst = true;
    });
    stream.addEventListener("snapshot", (event) => {
      state("live", "Live");
      show(JSON.parse(event.data), isFirst);
      isFirst = false;
    });
    stream.addEventListener("error", () => {
      state("lost", stream.readyState === EventSource.CLOSED ? "Refused: reload the page" : "Connection lost, trying again");
    });
  };

  at("pause").addEventListener("click", () => {
    const isPaused = at("pause").getAttribute("aria-pressed") !== "true";
    at("pause").setAttribute("aria-pressed", String(isPaused));
    if (isPaused) {
      stream.close();
      state("paused", "Paused");
    } else {
      connect();
    }
  });

  // ---- Actions ----

  const session = async () => {
    const response = await fetch("api/session", { credentials: "same-origin", cache: "no-store" });
    return response.ok ? response.json() : { may_act: false, may_look: false, token: null };
  };

  /** Asks whether this visitor may act, and shows the actions if so. */
  const begin = async () => {
    try {
      ({ may_act: mayAct, may_look: mayLook } = await session());
    } catch {
      mayAct = false;
    }
    at("actions").hidden = !mayAct;
    for (const view of views.values()) if (!view.detail.hidden) view.showDetail();
  };

  const tell = (text, failed) => {
    at("outcome").dataset.state = failed ? "failed" : "done";
    at("outcome").textContent = text;
    clearTimeout(tell.timer);
    tell.timer = setTimeout(() => at("outcome").replaceChildren(), failed ? 20000 : 8000);
  };

  const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1) + ".";

  const act = async (name, body) => {
    try {
      const { token } = await session();
      if (!token) return tell("You may not act here.", true);
      const response = await fetch(`api/actions/${name}`, {
        method: "POST",
        credentials: "same-origin",
        headers: { "content-type": "application/json", "x-cubbyhole-token": token },
        body: JSON.stringify(body),
      });
      const answer = await response.json();
      tell(sentence(response.ok ? answer.done : answer.error), !response.ok);
      return answer;
    } catch {
      return tell("The service did not answer.", true);
    }
  };

  const valueOf = (form, { kind, uid }) => {
    const body = { kind, uid, key: form.elements.key.value };
    if (!form.elements.id.disabled) body.id = form.elements.id.value;
    return body;
  };

  const lookAt = async (form, entry) => {
    const answer = await act("look", valueOf(form, entry));
    const shown = form.querySelector(".shown");
    shown.hidden = answer?.shown === undefined;
    write(shown, answer?.shown ?? "");
  };

  const confirmed = (question, detail, word) =>
    new Promise((resolve) => {
      const dialog = at("confirm");
      write(at("confirm-question"), question);
      write(at("confirm-detail"), detail);
      write(at("confirm-yes"), word);
      dialog.returnValue = "no";
      dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
      dialog.showModal();
      at("confirm-no").focus();
    });

  const askEntry = async (form, entry) => {
    const { kind, uid } = entry;
    const value = (name) => form.elements[name].value;
    const name = form.dataset.action;
    if (name === "delete") {
      const body = valueOf(form, entry);
      const detail = "Its value is removed unless it is pinned, and what is on its way to it is not kept.";
      if (await confirmed(`Invalidate this key of ${uid}?`, detail, "Invalidate")) {
        form.reset();
        form.querySelector(".shown").hidden = true;
        await act(name, body);
      }
    } else if (name === "set-policy") {
      let policy;
      try {
        policy = JSON.parse(value("policy"));
      } catch {
        return tell("The policy is no JSON.", true);
      }
      const detail = "What the new policy has no room for is evicted.";
      if (await confirmed(`Swap the policy of ${uid}?`, detail, "Swap")) await act(name, { kind, uid, policy });
    } else if (await confirmed(`Clear ${uid}?`, "Its values go, in every scope, pinned ones too.", "Clear")) {
      await act(name, { kind, uid });
    }
    return undefined;
  };

  const onSubmit = (id, ask) =>
    at(id).addEventListener("submit", (event) => {
      event.preventDefault();
      ask(event.target);
    });

  onSubmit("invalidate-tag", async (form) => {
    const tag = form.elements.tag.value;
    const detail = "Every value that has it goes, in every entry and every scope.";
    if (await confirmed(`Invalidate the tag ${tag}?`, detail, "Invalidate")) {
      form.reset();
      await act("invalidate-tag", { tag });
    }
  });

  const typeOf = (form) => form.elements.type.value;
  at("drop-scope").elements.type.addEventListener("change", (event) => {
    const isGlobal = event.target.value === "global";
    const id = at("drop-scope").querySelector("label.id");
    id.hidden = isGlobal;
    id.querySelector("input").disabled = isGlobal;
  });
  onSubmit("drop-scope", async (form) => {
    const type = typeOf(form);
    const body = type === "global" ? { type } : { type, id: form.elements.id.value };
    const question = type === "global" ? "Forget what everybody shares?" : `Forget everything of this ${type}?`;
    if (await confirmed(question, "In every entry, pinned values too.", "Forget")) {
      form.elements.id.value = "";
      await act("drop-scope", body);
    }
  });

  onSubmit("clear", async () => {
    if (await confirmed("Clear the whole store?", "Every value of everybody goes, pinned ones too.", "Clear")) await act("clear", {});
  });

  connect();
})();
