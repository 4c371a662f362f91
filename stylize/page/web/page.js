// What runs in the browser: status, buttons that Gradio does not know, marks on cards; the rest is in the other files.
const stylize = (() => {
  const $ = selector => document.querySelector(selector), all = selector => document.querySelectorAll(selector);
  const busy = ["waiting", "painting", "trying"], root = document.documentElement;
  const words = () => JSON.parse($("#client [data-words]")?.dataset.words || "{}");
  const phone = matchMedia("(max-width: 899px), (max-height: 500px)");
  const seen = selector => [...all(selector)].find(part => part.checkVisibility() && !part.disabled);
  const after = (milliseconds, work) => setTimeout(work, milliseconds);
  // ---- controls, set from here as if by hand
  function tell(id, value) {
    const field = $(`#${id} input[type=number], #${id} textarea, #${id} input[type=text]`);
    if (!field) return [...all(`#${id} input[type=radio]`)].find(radio => radio.value === value && !radio.checked)?.click();
    if (field.value === String(value)) return;
    field.value = value;
    for (const type of ["input", "change"]) field.dispatchEvent(new Event(type, {bubbles: true}));
  }
  const valueOf = id => $(`#${id} input[type=number]`)?.value ?? $(`#${id} input:checked`)?.value;
  // ---- what the visitor touched, by id and time: no answer of the server that was asked for before changes it
  const touched = {};
  function touch(...ids) {
    for (const id of ids) {
      const now = touched[id.replace("_factor", "")] = performance.now();
      if (!["content", "style"].includes(id)) continue;
      touched.region = now;
      editor.expect(id, "");
    }
  }
  function touching(event) {
    const part = event.type === "click" ? event.target.closest("button") : event.target;
    if (!event.isTrusted) return;
    const emptied = part?.matches("[data-en^=Remove]") && part.closest(".slot");  // which takes the button away
    if (emptied) after(200, () => emptied.querySelector(".source-selection button").focus());
    for (let parent = part; parent; parent = parent.parentElement) if (parent.id) touch(parent.id);
  }
  const SAME = {__type__: "update"};  // Gradio's word for a component that stays as it is
  function untouched(names, given, since) {  // the values, by name, of what was not touched since
    const wanted = name => name in given && !(touched[name] > since);
    for (const slot of ["content", "style"]) if (given[slot] && wanted(slot)) editor.expect(slot, given[slot].url);
    return names.map(name => wanted(name) ? given[name] : SAME);
  }
  function settle(trigger, names, answer) {
    return ["", ...untouched(names, JSON.parse(answer || "{}"), trigger ? touched[trigger] ?? Infinity : 0)];
  }
  // ---- the status: the page's state, its title, screen readers, the notification
  let state = "", spoken = "", told = 0, taken = 0, line = "";
  const head = text => text.split(",")[0];  // without the time left
  function status() {
    const now = $("#status .status");
    if (!now) return;
    const {state: work} = now.dataset, looked = !busy.includes(work) && $("[data-tab-id=grid][aria-selected=true]");
    const about = (work === "trying" || looked) && $("#grid .status") || now;
    if (now.outerHTML + about.outerHTML === line) return;
    line = now.outerHTML + about.outerHTML;
    const part = Math.round(100 * about.dataset.part), before = state, text = about.querySelector(".now").textContent;
    state = root.dataset.state = now.dataset.state;
    root.classList.toggle("result", ["done", "stopped"].includes(state) || state === "trying" && "painted" in now.dataset);
    root.classList.toggle("long", now.querySelector(".now").textContent.length > 44);  // wider than the space beside the buttons
    keep.hear();
    if (!busy.includes(state)) keep.changed();
    if (!["waiting", "trying"].includes(state)) root.classList.toggle("unpainted", state === "other");
    document.title = busy.includes(state) ? `${part} % · stylize` : "stylize";
    const further = state === "trying" ? head(text) !== head(spoken) : Math.abs(part - told) >= 25;
    if (state !== before || further || text !== spoken && !busy.includes(state)) {
      voice.aloud(spoken = text);
      told = part;
    }
    if (+now.dataset.taken > taken && state === "painting" && before === "painting") {
      $("#strength_box").classList.add("taken");
      after(900, () => $("#strength_box").classList.remove("taken"));
    }
    taken = +now.dataset.taken;
    if (state === before) return;
    after(50, refocus);
    after(100, () => $("#panel :focus-visible")?.scrollIntoView({block: "nearest"}));  // new parts above may have moved the focused one out of view
    if (state === "painting") begun();
    if (busy.includes(before) && !busy.includes(state)) ended(text);
  }
  function frame() {  // the stage shows the chosen photo until it is painted; on a phone it is as high as its picture
    const photo = editor.photo(), painting = $("#painting img"), shown = root.matches(".unpainted") && photo;
    if (photo) root.style.setProperty("--photo", `url("${photo.url}")`);
    if (shown || painting?.naturalWidth)
      fit(shown ? shown.ratio : painting.naturalHeight / painting.naturalWidth);
  }
  let ratio = 0;
  function fit(now) {  // not to the pixel: the sizes that it is painted at differ a little, and all below would jump
    if (Math.abs(now / ratio - 1) < 0.03) return;
    root.style.setProperty("--ratio", ratio = now);
  }
  let focused = null;
  function refocus() {  // the button that was pressed is hidden now: the keyboard goes on from the one in its place
    const lost = focused?.closest("#stage") && (focused.disabled || !focused.checkVisibility());
    if (document.activeElement !== document.body || !lost) return;
    (seen("#stop") || seen("#paint, #again button"))?.focus({preventScroll: true});
  }
  const pressed = {};  // the time of the last press, for Paint and for the buttons of the variations
  function twice(event) {  // the second press of a double one is not for what comes in the button's place: Stop, or a variation
    const button = event.target.closest("#paint, #again button, #more, #stop, #grid_row button, #grid .cards button");
    if (!button) return;
    const kind = button.closest("#grid_row, #grid") ? "grid" : "paint";
    if (!button.matches("#stop, #grid *")) pressed[kind] = event.timeStamp;
    else if (event.timeStamp - pressed[kind] < {grid: 900, paint: 450}[kind]) event.stopImmediatePropagation();
  }
  function begun() {
    stage.reset();
    if (!localStorage.getItem("stylize-hint")) $("#strength_box").dataset.hint = words().hint;
    after(8000, () => delete $("#strength_box").dataset.hint);
  }
  function ended(text) {
    delete $("#strength_box").dataset.hint;
    localStorage.setItem("stylize-hint", "seen");
    if (state === "done") after(300, () => stage.sweep(0, 60, 0, 1.8));
    $("#notice :has(> [data-press='#paint'])")?.remove();  // it was about the painting at work
    if (document.hidden && $("#notify input")?.checked)
      new Notification("stylize", {body: $("#notice span")?.innerText || text});
  }
  async function notify(box) {
    const answer = box.checked && await window.Notification?.requestPermission();
    if (box.checked && answer !== "granted") box.click();  // what the browser forbids is not promised
  }
  function queue() {  // the place in the queue, in words, where Gradio says "queue: 2/3", and the expected time
    const now = $("#status [data-state=waiting] .now, #grid [data-state=trying] .now");
    if (!now) return;
    if (!now.dataset.line) Object.assign(now.dataset, {line: now.textContent, since: Date.now()});
    const place = $("#place").innerText.match(/queue: (\d+)\/(\d+)/);
    if (place) keep.hear();
    let text = place ? words().queue.replace("#1", place[1]).replace("#2", place[2]) : now.dataset.line;
    const wait = place && JSON.parse(now.parentElement.dataset.waits)[place[1] - 1] - (Date.now() - now.dataset.since) / 1000;
    if (wait > 0) text += ", " + words().about.replace(/{.*}/, wait < 115 ? `${5 * Math.ceil(wait / 5)} s` : `${Math.ceil(wait / 60)} min`);
    if (now.textContent !== text) now.textContent = text;
  }
  // ---- sliders of factors: each step a quarter of an octave; the lowest place is nothing at all, where that is allowed
  function number(at, usual, low, high, whole, octaves) {
    if (at <= -octaves) return low;
    const value = Math.min(high, usual * 2 ** at);
    return Math.max(low, whole ? Math.round(value) : Number(value.toPrecision(3)));
  }
  function octaves(id, value, usual, low, high, most) {
    $(`#${id} input`).ariaInvalid = String(!(value >= low && value <= high));
    if (!(value > 0)) return -most;
    return Math.max(-most, Math.min(most, Math.round(4 * Math.log2(value / usual)) / 4));
  }
  // ---- buttons
  function acknowledge(button) {  // at once, however long the server takes
    button?.classList.add("pressed");
    after(600, () => button?.classList.remove("pressed"));
  }
  const voice = stylizeVoice({$, words, valueOf}), {flash, notice} = voice, files = stylizeFiles({$, words, flash, notice, acknowledge, SAME});
  const cards = stylizeCards($, valueOf), stage = stylizeStage($), sharing = stylizeSharing({$, words, flash, phone});
  const editor = stylizeEditor({$, tell, aloud: voice.aloud, words});
  const keep = stylizeKeep({$, tell, words, notice, state: () => state, aloud: voice.aloud});
  const doing = {
    ...editor.buttons, show: stage.show,
    fold: (name, button) => {
      button.setAttribute("aria-expanded", String(!$(`#${name}`).classList.toggle("folded")));
      after(100, () => $(`#${name}`).scrollIntoView({block: "nearest"}));
    },
    scroll: way => $("#gallery").scrollBy({left: way * 0.8 * $("#gallery").clientWidth, behavior: stage.still() ? "auto" : "smooth"}),
    language: which => {
      sessionStorage.setItem("stylize-focus", "#foot [data-do=language]");
      document.cookie = `stylize-language=${which}; max-age=31536000; samesite=lax`;
      location.reload();
    },
    focus: which => {
      which.split(", ").map(seen).find(Boolean)?.focus();
      if (document.activeElement.closest("#stage")) $("#tabs").scrollIntoView({block: "nearest"});  // all of the painting
    },
    numbers: (_, button) => {
      button.ariaPressed = String(root.classList.toggle("numbers"));
      if (root.matches(".numbers")) voice.aloud($(".status .numbers").textContent);
    },
    close: (_, button) => {
      button.closest("dialog").close();
      if (button.closest("#editor")) voice.aloud($("[data-do=edit].active")?.ariaDescription || "");
      if (document.fullscreenElement) document.exitFullscreen();
    },
  };
  function clicks() {
    document.addEventListener("click", event => {
      const button = event.target.closest("button, [data-strength], [data-do]");
      if (!button) return;
      const {set, press, do: what, which, strength, file} = button.dataset;
      acknowledge(button);
      if (button.closest("#notice, .cards, #paint, #again, #more, #tabs [role=tablist]")) notice("");
      const group = button.closest("#history .cards");
      if (group) for (const card of group.children) card.dataset.present = String(card === button);
      if (group) $("[data-tab-id=grid][aria-selected=true]")?.parentElement.querySelector("[data-tab-id=painting]").click();
      const slot = cards.slotOf(button);
      if (slot) {
        touch(slot);
        cards.press(slot, file);
        if (slot === "style" && +valueOf("strength")) flash($("#strength_box"), words().kept.replace("#1", voice.worded()));
      }
      const strengthBefore = valueOf("strength");
      if (set) for (const [id, value] of Object.entries(JSON.parse(set))) { touch(id); tell(id, value); }
      if (set && valueOf("strength") !== strengthBefore) flash($("#strength_box"), words().moved.replace("#1", voice.worded()));
      if (press) $(press)?.click();
      if (what) doing[what](which, button);
      if (button.closest("#grid_row")) after(300, () => button.scrollIntoView({block: "nearest"}));  // the grid moves it to the top of the panel
      if (strength) { touch("strength"); tell("strength", strength); }
      if (button.id === "share") sharing.share();
      if (button.matches("#png, #film_file")) flash(button, words().picture_saved);
      if (phone.matches && (event.detail || button.closest("#act, #again")) && button.matches("#paint, #again *, #more, #use, :is(#photos, #styles, #own_styles, #history, #grid) *"))
        requestAnimationFrame(() => $("#tabs").scrollIntoView({block: "start"}));
      after(0, cards.mark);
    });
    document.addEventListener("click", twice, true);
    for (const type of ["input", "click"]) document.addEventListener(type, touching, true);
    document.addEventListener("keydown", event => event.key === "Escape" &&
      $(".api-docs .backdrop, body:not(:has(dialog[open], .api-docs .backdrop)) #notice .x")?.click());
    document.addEventListener("focusin", event => {
      focused = event.target;
      if (focused.type === "number") focused.before = focused.value;
    });
    document.addEventListener("focusout", ({target}) => {  // an empty number becomes what it was
      if (target.type === "number" && target.value === "" && target.before) tell(target.closest("[id]:not(input)").id, target.before);
    });
    document.addEventListener("change", event => {
      if (event.target.closest("#notify")) notify(event.target);
      if (event.target.closest("#other")) after(600, () => stage.sweep(0, 50));  // what it is compared with is seen
    });
    document.addEventListener("input", event => {
      voice.speak();
      after(50, voice.speak);
      if (!event.target.closest("#strength")) return;
      delete $("#strength_box").dataset.hint;
      localStorage.setItem("stylize-hint", "seen");
    });
  }
  async function camera() {
    const devices = await navigator.mediaDevices?.enumerateDevices?.().catch(() => []) || [];
    root.dataset.camera = devices.some(device => device.kind === "videoinput") ? "some" : "none";
  }
  // Gradio mounts the page in pieces, in no fixed order: one of each part that others stand beside or below.
  const PIECES = ["#painting img", "#style_weight_factor input", "#strength input", "#keep label", "#bar_chips button",
    "#content img", "#style img", "#styles button", "#presets button", "#expected button", "#foot nav"];
  const show = () => root.classList.add("there");
  function settled() {
    const back = sessionStorage.getItem("stylize-focus");  // what had the focus before the language was changed
    if (back) $(back).focus();
    sessionStorage.removeItem("stylize-focus");
  }
  let planned = false;
  function changed() {
    if (PIECES.every($)) requestAnimationFrame(() => requestAnimationFrame(show));
    if (planned) return;
    planned = true;
    after(20, () => {  // a hidden tab has no animation frames
      planned = false;
      for (const work of [status, refocus, frame, queue, editor.refresh, cards.mark, voice.mend, files.accept, stage.place]) work();
    });
  }
  function start() {
    after(8000, show);
    after(20_000, keep.endRestoring);
    stage.listen(); files.listen(); clicks(); editor.listen(); keep.listen(); cards.listen(); camera();
    new MutationObserver(changed).observe(document.body, {childList: true, subtree: true, characterData: true,
      attributes: true, attributeFilter: ["src"]});
    document.addEventListener("load", event => {  // the first time that the example is there, its handle sweeps
      if (event.target.closest?.("#painting") && !busy.includes(state)) keep.changed();
      if (event.target.closest?.("#painting, #content, #style")) changed();
      if (event.target.closest?.("#painting")) stage.frame();
      if (!event.target.closest?.("#before")) return;
      if (state !== "ready" || stage.swept) stage.place();
      else { stage.swept = true; stage.sweep(100, 0); }
    }, true);
    changed();
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
  return {
    arrive: async () => [await keep.own(), navigator.language.slice(0, 2)],
    restore: async names => untouched(names, await keep.restore().catch(() => ({})), 0),
    restored: (names, now) => { keep.restored(names, now); return []; }, keep: (names, now) => { keep.keep(names, now); return []; },
    goOn: () => { keep.goOn(); settled(); return []; },
    number, octaves, copyLink: sharing.copyLink, settle, replace: files.replace,
    taken: button => { if (!$("#notice [role=alert]")) flash($(button), words().loaded); return []; },
  };
})();
