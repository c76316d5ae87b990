
"use strict";
(() => {
  const find = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const times = JSON.parse(find("#times").textContent);
  const [audio, track, pane] = [find("#audio"), find("#track"), find("#transcript")];
  const [words, utterances] = [all(".w"), all(".u")];
  const length = track ? Number(track.getAttribute("aria-valuemax")) : 0;
  const progress = all("#head, .player");
  const calm = matchMedia("(prefers-reduced-motion: reduce)");

  const clock = (seconds) => {
    const whole = Math.max(0, Math.floor(seconds));
    const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, String(whole % 60).padStart(2, "0")];
    return h ? `${h}:${String(m).padStart(2, "0")}:${s}` : `${m}:${s}`;
  };

  /** Looks up what is spoken at a time: stretches [start, end] may overlap, the one that started last wins. */
  const spokenAt = (stretches, linger) => {
    const order = stretches.map((_, i) => i).filter((i) => stretches[i][0] !== null);
    order.sort((a, b) => stretches[a][0] - stretches[b][0]);
    return (time) => {
      let [low, high] = [0, order.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (stretches[order[middle]][0] <= time + 0.001) low = middle + 1; else high = middle;
      }
      for (let i = low - 1; i >= Math.max(0, low - 12); i--) {
        if (stretches[order[i]][1] + linger > time) return order[i];
      }
      return -1;
    };
  };
  const wordAt = spokenAt(times.words, 0.25);
  const utteranceAt = spokenAt(times.utterances, 0.25);

  // --- where we are: one position for the audio, the timeline and the transcript ---

  let position = 0;
  let following = true;
  let [word, active] = [null, null];

  const scrollTo = (element) =>
    element.scrollIntoView({ block: "center", behavior: calm.matches ? "auto" : "smooth" });

  const follow = (on) => {
    following = on;
    const button = find("#follow");
    if (button) button.hidden = on || !audio || audio.paused;
  };

  const show = (time) => {
    position = Math.min(Math.max(time, 0), length);
    const share = length ? (position / length) * 100 : 0;
    for (const element of progress) element.style.setProperty("--played", `${share}%`);
    track.setAttribute("aria-valuenow", position.toFixed(1));
    track.setAttribute("aria-valuetext", `${clock(position)} of ${clock(length)}`);
    if (find("#now")) find("#now").textContent = clock(position);
    const spoken = words[wordAt(position)] ?? null;
    if (spoken !== word) {
      word?.classList.remove("now");
      spoken?.classList.add("now");
      word = spoken;
    }
    const current = spoken?.closest(".u") ?? utterances[utteranceAt(position)] ?? null;
    if (current !== active) {
      active?.classList.remove("active");
      current?.classList.add("active");
      active = current;
      if (current && following && audio && !audio.paused && !current.hidden) scrollTo(current);
    }
  };

  const seek = (time) => {
    show(time);
    if (audio) audio.currentTime = position;
  };

  // --- the player ---

  const load = () => {
    const text = atob(find("#mp3").textContent);
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    audio.src = URL.createObjectURL(new Blob([bytes], { type: "audio/mpeg" }));
    find("#mp3").remove();
  };

  const toggle = () => {
    if (!audio) return;
    if (audio.paused) audio.play(); else audio.pause();
  };

  const frame = () => {
    if (audio.paused) return;
    show(audio.currentTime);
    requestAnimationFrame(frame);
  };

  if (audio) {
    load();
    find("#play").addEventListener("click", toggle);
    find("#speed").addEventListener("change", (event) => { audio.playbackRate = Number(event.target.value); });
    audio.addEventListener("play", () => { follow(true); frame(); });
    for (const event of ["play", "pause", "ended"]) {
      audio.addEventListener(event, () => {
        document.body.classList.toggle("playing", !audio.paused);
        find("#play").setAttribute("aria-label", audio.paused ? "Play" : "Pause");
        if (audio.paused) follow(following);
      });
    }
  }

  // --- the timeline ---

  if (track) {
    document.body.classList.add("timed");
    const timeAt = (event) => {
      const box = track.getBoundingClientRect();
      return Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1) * length;
    };
    const drag = (event) => { if (event.buttons & 1) jump(timeAt(event)); };
    track.addEventListener("pointerdown", (event) => { track.setPointerCapture(event.pointerId); drag(event); });
    track.addEventListener("pointermove", (event) => {
      const time = timeAt(event);
      find("#hover").textContent = clock(time);
      find("#hover").style.left = `${(time / length) * 100}%`;
      drag(event);
    });
    track.addEventListener("keydown", (event) => {
      const target = { Home: 0, End: length, PageUp: position + 30, PageDown: position - 30 }[event.key];
      if (target === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      jump(target);
    });
  }

  const jump = (time) => {
    seek(time);
    const near = active ?? utterances[times.utterances.findIndex(([start]) => start !== null && start >= position)];
    if (near) scrollTo(near);
  };

  // --- the transcript ---

  const numberOf = new Map(words.map((element, i) => [element, i]));

  find(".utterances")?.addEventListener("click", (event) => {
    if (!track || !getSelection().isCollapsed) return;
    const [spoken, stamp] = [event.target.closest(".w"), event.target.closest("button.at")];
    if (spoken) seek(times.words[numberOf.get(spoken)][0]);
    if (stamp) seek(times.utterances[utterances.indexOf(stamp.closest(".u"))][0]);
    if (spoken || stamp) follow(true);
  });

  find("#follow")?.addEventListener("click", () => { follow(true); if (active) scrollTo(active); });
  for (const event of ["wheel", "touchmove"]) {
    pane.addEventListener(event, () => follow(false), { passive: true });
  }
  pane.addEventListener("pointerdown", (event) => { if (event.target === pane) follow(false); });

  const reveal = (utterance) => {
    if (utterance.hidden) reset();
    all(".u.shown").forEach((other) => other.classList.remove("shown"));
    utterance.classList.add("shown");
    follow(false);
    const start = times.utterances[utterances.indexOf(utterance)][0];
    if (track && start !== null) seek(start);
    scrollTo(utterance);
    const stamp = find(".at", utterance);
    if (!stamp.matches("button")) stamp.tabIndex = -1;
    stamp.focus({ preventScroll: true });
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.place");
    const utterance = link && document.getElementById(link.hash.slice(1));
    if (!utterance) return;
    event.preventDefault();
    reveal(utterance);
  });

  // --- search and filters ---

  const input = find("#search");
  const filters = all(".filter");

  /** Lower case without accents, character by character, so that places in the text stay the same. */
  const fold = (text) => Array.from(text, (c) => (c.length > 1 || c > "\u04ff" && !/[\u1e00-\u1fff]/.test(c) ? c
    : c.normalize("NFD")[0].toLowerCase()[0])).join("");
  const texts = utterances.map((utterance) => fold(find(".text", utterance).textContent));

  const rangesOf = (utterance, text, query) => {
    const ranges = [];
    const walker = document.createTreeWalker(find(".text", utterance), NodeFilter.SHOW_TEXT);
    const nodes = [];
    for (let at = 0; walker.nextNode(); at += walker.currentNode.length) nodes.push([walker.currentNode, at]);
    const locate = (place) => nodes.findLast(([, at]) => at <= place);
    for (let from = text.indexOf(query); from >= 0; from = text.indexOf(query, from + query.length)) {
      const range = new Range();
      const [[first, begin], [last, end]] = [locate(from), locate(from + query.length - 1)];
      range.setStart(first, from - begin);
      range.setEnd(last, from + query.length - end);
      ranges.push(range);
    }
    return ranges;
  };

  const filter = () => {
    const query = fold(input.value.replace(/[[\]_]/g, " ").trim());
    const wanted = filters.filter((button) => button.ariaPressed === "true").map((button) => button.dataset.filter);
    const ranges = [];
    let shown = 0;
    utterances.forEach((utterance, i) => {
      const fits = texts[i].includes(query) && wanted.every((name) => utterance.classList.contains(name));
      utterance.hidden = !fits;
      shown += fits;
      if (fits && query && ranges.length < 5000) ranges.push(...rangesOf(utterance, texts[i], query));
    });
    window.CSS?.highlights?.set("found", new Highlight(...ranges));
    find("#nothing").hidden = shown > 0;
    find("#count").textContent = query || wanted.length ? `${shown} of ${utterances.length}` : "";
  };

  const reset = () => {
    input.value = "";
    filters.forEach((button) => { button.ariaPressed = "false"; });
    filter();
  };

  input?.addEventListener("input", filter);
  filters.forEach((button) => button.addEventListener("click", () => {
    button.ariaPressed = String(button.ariaPressed !== "true");
    filter();
  }));

  // --- keys ---

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.matches("input, select, textarea");
    if (event.key === "Escape" && event.target === input) reset();
    if (typing) return;
    if (event.key === "/" && input) { event.preventDefault(); input.focus(); }
    if (event.key === " " && audio && !event.target.closest("button, summary, a")) { event.preventDefault(); toggle(); }
    const step = { ArrowLeft: -5, ArrowRight: 5 }[event.key];
    if (step && track) { event.preventDefault(); seek(position + step); }
    if (/^(Page(Up|Down)|Home|End|Arrow(Up|Down))$/.test(event.key)) follow(false);
  });

  document.body.classList.add("live");
  if (track) show(0);
})();
